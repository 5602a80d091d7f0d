/** `npm run build`: the console, unless it is built already. */
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './supervisor/build';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!isBuilt(root)) await build(root);
