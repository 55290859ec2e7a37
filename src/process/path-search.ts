import path from 'node:path'
import { type Env, readVariable } from './environment.js'

/** One folder of `PATH`, with the files in it that a shell would run under a name. */
export interface PathFolder {
  readonly folder: string
  readonly candidates: readonly string[]
}

/**
 * Lists where a name is looked up in `PATH`, in order; on Windows with the extensions of `PATHEXT`. Entries
 * that are empty or relative are left out: they mean the current folder, where a checked-out repository could
 * plant a program.
 */
export function pathCandidates(name: string, env: Env, platform: NodeJS.Platform): readonly PathFolder[] {
  const windows = platform === 'win32'
  const folders = (readVariable(env, 'PATH', platform) ?? '')
    .split(windows ? ';' : ':')
    .map((folder) => (windows ? folder.replace(/^"(.*)"$/, '$1') : folder))
    .filter((folder) => path.isAbsolute(folder))
  const names = windows ? extensions(env, platform).map((extension) => name + extension) : [name]
  return [...new Set(folders)].map((folder) => ({
    folder,
    candidates: names.map((candidate) => path.join(folder, candidate)),
  }))
}

function extensions(env: Env, platform: NodeJS.Platform): readonly string[] {
  const listed = (readVariable(env, 'PATHEXT', platform) ?? '.COM;.EXE;.BAT;.CMD').split(';')
  return listed.filter((extension) => extension !== '').map((extension) => extension.toLowerCase())
}
