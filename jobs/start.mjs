/** `npm start`: plain Node until what is missing is installed, then the supervisor. */
import { checkNode, install, root } from './bootstrap.mjs';

checkNode();
process.chdir(root);
install({ dev: false });
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('./supervisor.ts');
await main(root);
