/**
 * The command `callerid`. `kubectl` starts it for every new connection, so the plain way of `callerid token` is built into
 * one file, without the rest of the command and without modules that Node would have to load; `test/node/cli-start.test.ts`
 * holds this. The rest is a build of its own: no error of here is of a class of there.
 *
 * @module
 */
import { print } from './output.ts';
import { plainToken } from './token/plain.ts';

const rest = () => import('./command-line.ts');

const args = process.argv.slice(2);
const token = args[0] === 'token' ? await plainToken(args.slice(1), process.env) : undefined;
try {
  if (token === undefined) {
    await (await rest()).run(args);
  } else {
    print(token);
    process.exit(); // all is written; Node would take itself apart first, 3 % of the whole
  }
} catch (error) {
  (await rest()).tell(error);
}
