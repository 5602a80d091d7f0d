'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Save } from '@/app/ui/form/save.client';
import { Scroll } from '@/app/ui/page/scroll';
import { visible } from '@/app/ui/text/name';
import { isChosen, type MyNoticesView, type NoticeKind, noticeKinds, type Wishes } from '@/lib/notice/model';
import styles from './notices.module.css';
import { noticeKindWords } from './words';

/** What the one who is signed in is told by mail, and where. */
export function MyNotices({ mine, environments }: { mine: MyNoticesView; environments: string[] }) {
  const [email, setEmail] = useState(mine.email ?? '');
  const [wishes, setWishes] = useState(mine.wishes);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const change = (next: Wishes | null) => {
    setDone(false);
    setWishes(next);
  };
  return (
    <form
      className={styles.form}
      aria-label="My notices"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/me/notices', { email: email.trim() || null, wishes })).ok);
      }}
    >
      {mine.mail ? null : (
        <p className="small quiet">No mail server is set yet, so what is told waits: an administrator names one.</p>
      )}
      <Field
        label="My e-mail address"
        name="email"
        refusal={refusal}
        hint="only you see it; a new one is mailed a code first; empty: no mail"
        className={styles.narrow}
      >
        {(c) => (
          <input
            {...c}
            type="email"
            autoComplete="email"
            value={email}
            onChange={(e) => {
              setDone(false);
              setEmail(e.target.value);
            }}
          />
        )}
      </Field>
      <fieldset className={styles.kinds}>
        <legend>What I am told</legend>
        <label>
          <input type="radio" name="whose" checked={wishes === null} onChange={() => change(null)} />
          what administrators have set for everybody
        </label>
        <label>
          <input type="radio" name="whose" checked={wishes !== null} onChange={() => change(wishes ?? mine.defaults)} />
          what I choose
        </label>
      </fieldset>
      {wishes === null ? null : <Choice wishes={wishes} environments={environments} onChange={change} />}
      <Foot busy={busy} done={done} refusal={refusal} />
    </form>
  );
}

/** What people are told who have said nothing themselves. */
export function DefaultWishes(props: { wishes: Wishes; environments: string[]; allowed: boolean }) {
  const [wishes, setWishes] = useState(props.wishes);
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  return (
    <form
      className={styles.form}
      aria-label="What people are told who have said nothing"
      onSubmit={async (e) => {
        e.preventDefault();
        setDone((await run('PUT', '/settings/notices', wishes)).ok);
      }}
    >
      <Choice
        wishes={wishes}
        environments={props.environments}
        onChange={(next) => {
          setDone(false);
          setWishes(next);
        }}
      />
      {props.allowed ? <Foot busy={busy} done={done} refusal={refusal} /> : null}
    </form>
  );
}

function Foot({
  busy,
  done,
  refusal,
}: {
  busy: boolean;
  done: boolean;
  refusal: ReturnType<typeof useSend>['refusal'];
}) {
  return (
    <>
      <FormError refusal={refusal} shown={['email']} />
      <Save busy={busy} done={done} primary />
    </>
  );
}

type ChoiceProps = { wishes: Wishes; environments: string[]; onChange: (wishes: Wishes) => void };

/** Kind by environment; what is not named follows the column for all. */
function Choice({ wishes, environments, onChange }: ChoiceProps) {
  const named = wishes.rules.map((rule) => rule.environment).filter((e) => e !== '*');
  const places = [...new Set([...environments, ...named])].sort();
  const columns = ['*', ...places];
  const anywhere = places.length > 0 ? 'Anywhere else' : 'Anywhere';
  const told = (kind: NoticeKind, place: string) => isChosen(wishes, kind, place === '*' ? null : place);
  const set = (kind: NoticeKind, place: string, tell: boolean) => {
    const cell = (k: NoticeKind, p: string) => {
      if (k !== kind) return told(k, p);
      if (p === place) return tell;
      // Who changes it for all means every place that did not differ before.
      return place === '*' && told(k, p) === told(k, '*') ? tell : told(k, p);
    };
    onChange({ ...wishes, rules: rulesOf(cell, places) });
  };
  return (
    <>
      <label className="row">
        <input
          type="checkbox"
          checked={wishes.quiet}
          onChange={(e) => onChange({ ...wishes, quiet: e.target.checked })}
        />
        Quiet: of what is ticked, only what waits for me
      </label>
      <Scroll label="What is told where, scrolls sideways">
        <table className={styles.wishes}>
          <thead>
            <tr>
              <th scope="col">When</th>
              {columns.map((place) => (
                <th scope="col" key={place}>
                  {place === '*' ? anywhere : visible(place)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {noticeKinds.map((kind) => (
              <tr key={kind}>
                <th scope="row">{noticeKindWords[kind]}</th>
                {columns.map((place) => (
                  <td key={place}>
                    <input
                      type="checkbox"
                      aria-label={`${noticeKindWords[kind]}, ${place === '*' ? anywhere.toLowerCase() : visible(place)}`}
                      checked={told(kind, place)}
                      onChange={(e) => set(kind, place, e.target.checked)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

/** As few as say it: a kind and a place that come later are told. */
function rulesOf(told: (kind: NoticeKind, place: string) => boolean, places: string[]): Wishes['rules'] {
  return noticeKinds.flatMap((kind) => {
    const anywhere = told(kind, '*');
    const apart = places.filter((place) => told(kind, place) !== anywhere);
    return [
      ...(anywhere ? [] : [{ kind, environment: '*', tell: false }]),
      ...apart.map((environment) => ({ kind, environment, tell: !anywhere })),
    ];
  });
}
