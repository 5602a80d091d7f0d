/** The shop's customers: each of a group, each with a name that stays, asking over real connections. */
import { Agent, get } from 'node:http';

/** Requests a second of each group on each route. */
const traffic: Record<string, Record<string, number>> = {
  '/checkout': { internal: 20, beta: 28, eu: 5, rest: 5 },
  '/search': { internal: 10, beta: 5, eu: 6, rest: 6 },
  '/suggestions': { internal: 5, beta: 5, eu: 1, rest: 1 },
};
/** So many that the part of them that gets the candidate is what was planned, and not what chance made of a few. */
const customersInGroup = 4_000;
/** How they pay, and on what: one in so many. */
const methods = ['card', 'card', 'card', 'card', 'paypal', 'paypal', 'wallet', 'invoice', 'invoice', 'invoice'];
const devices = ['web', 'web', 'app'];
const oneOf = (list: string[]) => list[Math.floor(Math.random() * list.length)];

export type Customers = { leave: () => void };

export function letCustomersIn(port: number): Customers {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  let gone = false;
  const timers = new Set<NodeJS.Timeout>();
  const cart = () => `method=${oneOf(methods)}&device=${oneOf(devices)}`;
  const visit = (path: string, group: string) => {
    const id = `${group}-${Math.floor(Math.random() * customersInGroup)}`;
    get({ agent, host: '127.0.0.1', port, path: `${path}?group=${group}&id=${id}&${cart()}` }, (response) =>
      response.resume(),
    ).on(
      'error',
      () => {}, // a customer whose request is lost tries again with the next one
    );
  };
  /** Arrivals as of many independent people: exponential times between them. */
  const come = (path: string, group: string, perSecond: number) => {
    if (gone) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        visit(path, group);
        come(path, group, perSecond);
      },
      (-1000 / perSecond) * Math.log(1 - Math.random()),
    );
    timers.add(timer);
  };
  for (const [path, groups] of Object.entries(traffic))
    for (const [group, perSecond] of Object.entries(groups)) come(path, group, perSecond);
  return {
    leave: () => {
      gone = true;
      for (const timer of timers) clearTimeout(timer);
      agent.destroy();
    },
  };
}
