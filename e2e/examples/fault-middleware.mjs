// Middleware for node:http and whatever is called like it: it brings about the fault of a rollback drill. It asks for
// the version first and for the fault after it, and nothing is ever thrown into an OpenFeature hook: the SDK would
// answer with the default then, which is the rollback that the drill is to prove.
//
//   const drilled = faultMiddleware({ client, feature: 'new-checkout', fallback: false, contextOf, record });
//   createServer((request, response) => drilled(request, response, () => handle(request, response)));
//
// `request.belay` says what was served: { value, variant, cohort, attributes }. Whatever telemetry the request leaves must carry
// `attributes`: by them Belay judges a drill apart from everything else. `record` is told of every request when it is
// over, of those that the fault answered too.

/** Longer than a drill may take (240 minutes): a fault that says it ends later is not believed. */
const longestMs = 240 * 60_000;

export function faultMiddleware({
  client,
  feature,
  fallback,
  contextOf,
  record = () => {},
  /** nobody waits longer for a fault, whatever it says */
  maxLatencyMs = 10_000,
  /** nobody waits longer for Belay */
  patienceMs = 500,
  now = Date.now,
  random = Math.random,
}) {
  return async (request, response, next) => {
    const from = now();
    const evaluated = await evaluate();
    const { details, mark, fault } = evaluated;
    // Both arms of a drill are marked, and who is in neither is not.
    const attributes = mark ? { 'drill.id': mark.drillId, 'user_agent.synthetic.type': 'test' } : {};
    const cohort = details.flagMetadata?.cohort;
    request.belay = { value: details.value, variant: details.variant, cohort, attributes };
    response.once('close', () => {
      try {
        record({ request, response, durationMs: now() - from, ...request.belay });
      } catch {
        // A service goes on without its telemetry.
      }
    });
    if (!fault || random() * 100 >= fault.share) return next();
    await pause(fault);
    // Its time may have passed meanwhile.
    if (fault.status === null || now() >= fault.expiresAt) return next();
    response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('a drill\n');

    async function evaluate() {
      const none = { value: fallback, variant: undefined };
      try {
        const context = contextOf(request);
        const details = await patient(typed(context), none);
        const spec = await patient(client.getObjectValue(`${feature}.fault`, {}, context), {});
        const mark = markOf(spec, now());
        return { details, mark, fault: mark && faultOf(spec, details.variant, mark.expiresAt) };
      } catch {
        return { details: none, mark: null, fault: null };
      }
    }
  };

  function typed(context) {
    if (typeof fallback === 'boolean') return client.getBooleanDetails(feature, fallback, context);
    if (typeof fallback === 'string') return client.getStringDetails(feature, fallback, context);
    if (typeof fallback === 'number') return client.getNumberDetails(feature, fallback, context);
    return client.getObjectDetails(feature, fallback, context);
  }

  /** Belay may be away, or hang: the request goes on with the default. */
  async function patient(asked, otherwise) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, patienceMs, otherwise);
    });
    try {
      return await Promise.race([asked, late]);
    } catch {
      return otherwise;
    } finally {
      clearTimeout(timer);
    }
  }

  async function pause({ latencyMs, jitterMs, expiresAt }) {
    const wanted = latencyMs + (2 * random() - 1) * jitterMs;
    const ms = Math.min(wanted, maxLatencyMs, expiresAt - now());
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** By the clock of this process: whatever Belay goes on saying, a drill that is over is over here. */
function markOf(spec, at) {
  const expiresAt = Date.parse(spec?.expiresAt);
  if (typeof spec?.drillId !== 'string' || spec.drillId === '') return null;
  return expiresAt > at && expiresAt - at <= longestMs ? { drillId: spec.drillId, expiresAt } : null;
}

/** Null: none, or one that this caller is not to have, or one that makes no sense. */
function faultOf({ version, share, status = null, latencyMs = 0, jitterMs = 0 }, variant, expiresAt) {
  if (version === undefined || version !== variant) return null;
  const numbers = [share, latencyMs, jitterMs].every((n) => Number.isFinite(n) && n >= 0);
  const fails = status === null || (Number.isInteger(status) && status >= 400 && status <= 599);
  return numbers && fails ? { share, status, latencyMs, jitterMs, expiresAt } : null;
}
