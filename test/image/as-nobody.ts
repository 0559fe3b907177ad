import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

/**
 * Calls a function of src/image in a process without root's rights, for whom every file can be read, and resolves with
 * the code of its error. The rights go after the import, because a checkout may be private.
 */
export async function asNobody(file: string, name: string, argument: string): Promise<string> {
  const module = new URL(`../../src/image/${file}`, import.meta.url).href;
  const script = `
    const { ${name} } = await import(${JSON.stringify(module)});
    if (process.getuid() === 0) {
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
    }
    await ${name}(${JSON.stringify(argument)}).then(() => console.log('no error'), (error) => console.log(error.code));
  `;
  const args = ['--import', createRequire(import.meta.url).resolve('tsx'), '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trim();
}
