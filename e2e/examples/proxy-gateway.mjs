// A gateway before an HAProxy that takes part in drills of the level `proxy` (haproxy-drill.cfg): it asks Belay for the
// version and the mark, says both in headers, and measures what comes back, for what HAProxy fails no service sees.
//
//   createServer(proxyGateway({ client, feature: 'new-checkout', fallback: false, contextOf, to, record }));
//
// `to` is { host, port } of HAProxy. `record` is told of every request when it is over, with the `attributes` that its
// telemetry must carry. Services behind it mark theirs by the headers: see `markOf`.
import { request as send } from 'node:http';
import { faultMiddleware } from './fault-middleware.mjs';

const ours = /^belay-/;
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

export function proxyGateway({ to, patienceMs = 30_000, ...drill }) {
  const drilled = faultMiddleware(drill);
  return (request, response) => drilled(request, response, () => forward(request, response));

  function forward(request, response) {
    // Nobody outside says what Belay says.
    const given = Object.entries(request.headers).filter(([name]) => !ours.test(name) && !hopByHop.has(name));
    const headers = { ...Object.fromEntries(given), ...drillHeaders(request.belay) };
    const { method, url: path } = request;
    const onward = send({ ...to, method, path, headers, timeout: patienceMs }, (answer) => {
      const back = Object.entries(answer.headers).filter(([name]) => !ours.test(name) && !hopByHop.has(name));
      response.writeHead(answer.statusCode, Object.fromEntries(back));
      answer.pipe(response);
    });
    onward.once('timeout', () => onward.destroy(new Error('no answer')));
    onward.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }
}

function drillHeaders({ variant, cohort, attributes }) {
  const drill = attributes['drill.id'];
  return {
    ...(variant === undefined ? {} : { 'belay-version': variant }),
    ...(cohort === undefined ? {} : { 'belay-cohort': cohort }),
    ...(drill === undefined ? {} : { 'belay-drill': drill }),
  };
}

/** For a service behind it: what the telemetry of this request must carry. */
export function markOf(request) {
  const drill = request.headers['belay-drill'];
  return drill ? { 'drill.id': drill, 'user_agent.synthetic.type': 'test' } : {};
}
