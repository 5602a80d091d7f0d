import { StopButton } from '@/app/ui/frame/stop.client';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Scroll } from '@/app/ui/page/scroll';
import { MappingForm, RetentionForm } from '@/app/ui/settings/forms.client';
import { KeyForm, KeyTable } from '@/app/ui/settings/keys.client';
import { PeopleForm, PeopleTable } from '@/app/ui/settings/people.client';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { listKeys, listPeople } from '@/lib/access/access';
import { holds } from '@/lib/access/authorise';
import { getAutomation } from '@/lib/event/setting';
import { getRetention } from '@/lib/signal/keep';
import { defaultMapping, type Rejection, retentionInput } from '@/lib/signal/model';
import { getMapping, rejections } from '@/lib/signal/signal';
import { pageContext } from '@/lib/wiring';
import { DatabaseSection } from './databases';
import { DrillProxySection } from './drill-proxies';
import { MailSection, MyNoticesSection } from './mail';
import { CapSection, NoticeSection } from './notices';
import { PlaneSection, WebhookSection } from './planes';
import { PostmortemSection } from './postmortems';

export const metadata = { title: 'Settings' };

export default async function Settings({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const admin = holds(ctx.actor, 'administer');
  const [keys, people, mapping, retention, automation, refused] = await Promise.all([
    admin ? attempt(listKeys(ctx)) : null,
    admin ? attempt(listPeople(ctx)) : null,
    attempt(getMapping(ctx)),
    attempt(getRetention(ctx)),
    attempt(getAutomation(ctx.db)),
    attempt(rejections(ctx, 50)),
  ]);
  const stop = valueOr(automation, { stopped: false, reason: null, by: null, at: null });
  const onlyAdmins = <StateNote state="empty">Needs the role admin.</StateNote>;
  return (
    <div className="stack">
      <div className="row between">
        <h1>Settings</h1>
        <form action="/sign-out" method="post" className="row">
          <span className="quiet">
            Signed in as <Name>{ctx.actor.name}</Name>
            {ctx.actor.kind === 'person' ? `, ${ctx.actor.role}` : ''}
          </span>
          <button type="submit" className="button small">
            Sign out
          </button>
        </form>
      </div>
      <Panel title="Automation" id="automation">
        <div className="row between">
          <p>
            {stop.stopped ? (
              <>
                <strong>Everything automatic is stopped</strong>
                {stop.by ? ` by ${visible(stop.by)}` : ''}
                {stop.at ? (
                  <>
                    , since <Time at={stop.at} />
                  </>
                ) : null}
                {stop.reason ? `: ${visible(stop.reason)}` : ''}.
              </>
            ) : (
              'Belay acts by itself where a plan says so: mode act, and the gate or a guardrail decides.'
            )}
          </p>
          <StopButton automation={stop} allowed={holds(ctx.actor, 'operate')} />
        </div>
      </Panel>
      <MyNoticesSection ctx={ctx} code={first(await searchParams).confirm ?? null} />
      <CapSection ctx={ctx} />
      <Panel title="Keys" id="keys" note="for services and scripts; a secret is shown once" flush>
        {keys === null ? (
          onlyAdmins
        ) : keys.ok ? (
          <KeyTable keys={keys.value} />
        ) : (
          <StateNote state="error">{keys.message}</StateNote>
        )}
        {admin ? <KeyForm /> : null}
      </Panel>
      <Panel title="People" id="people" note="sign in by a link that works once" flush>
        {people === null ? (
          onlyAdmins
        ) : people.ok ? (
          <PeopleTable people={people.value} self={ctx.actor.id} />
        ) : (
          <StateNote state="error">{people.message}</StateNote>
        )}
        {admin ? <PeopleForm /> : null}
      </Panel>
      <WebhookSection ctx={ctx} />
      <PlaneSection ctx={ctx} />
      <DatabaseSection ctx={ctx} />
      <DrillProxySection ctx={ctx} />
      <NoticeSection ctx={ctx} />
      <MailSection ctx={ctx} />
      <PostmortemSection ctx={ctx} />
      <Panel
        title="Mapping"
        id="mapping"
        note="how attributes become features, versions and cohorts; the first that is there counts"
      >
        <MappingForm mapping={valueOr(mapping, defaultMapping)} allowed={admin} />
      </Panel>
      <Panel title="Retention" id="retention" note="hours that each kind of record is kept">
        <RetentionForm retention={valueOr(retention, retentionInput.parse({}))} allowed={admin} />
      </Panel>
      <Panel title="Rejected points" id="rejected" note="refused, with why: nothing is dropped in silence" flush>
        {refused.ok ? <Rejected rejections={refused.value} /> : <StateNote state="error">{refused.message}</StateNote>}
      </Panel>
    </div>
  );
}

function Rejected({ rejections: rows }: { rejections: Rejection[] }) {
  if (rows.length === 0) return <StateNote state="zero">No point was refused.</StateNote>;
  return (
    <Scroll label="Rejected points, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Metric</th>
            <th scope="col">Why</th>
            <th scope="col" className="number">
              Points
            </th>
            <th scope="col">Environment</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rejections have no identity of their own
            <tr key={`${r.at} ${index}`}>
              <td>
                <Time at={r.at} />
              </td>
              <td>
                <Name>{r.metric}</Name>
              </td>
              <td>
                <bdi>{visible(r.message)}</bdi>
              </td>
              <td className="number">{r.points}</td>
              <td>
                <Name>{r.environment}</Name>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
