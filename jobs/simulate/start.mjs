// A worker thread of Node 20 does not inherit tsx: register it, then load the worker.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
