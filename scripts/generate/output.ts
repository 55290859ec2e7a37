import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clientMethodModule, experimentalModule, indexModule, methodModule } from './method-modules.js'
import type { Protocol } from './protocol.js'
import { typeModule } from './type-module.js'

/** Text of every generated module, by file name. */
export function generatedModules(protocol: Protocol): ReadonlyMap<string, string> {
  return new Map([
    ['client-methods.ts', clientMethodModule(protocol)],
    ['experimental.ts', experimentalModule(protocol)],
    ['index.ts', indexModule()],
    ['methods.ts', methodModule(protocol)],
    ['received.ts', typeModule('received', protocol)],
    ['sent.ts', typeModule('sent', protocol)],
  ])
}

/** Makes a folder hold exactly the given files. Files that are right already are not touched. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of files) await writeIfChanged(join(folder, name), text)
  for (const name of await readdir(folder)) {
    // Another run may be about to rename its temporary file.
    if (!files.has(name) && !name.endsWith('.tmp'))
      await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Replaces a file in one step, so that a reader never sees half of it. */
export async function writeIfChanged(path: string, text: string): Promise<void> {
  if ((await readIfPresent(path)) === text) return
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, text)
  await rename(temporary, path)
}

/** Content of a file, or undefined when there is no such file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
