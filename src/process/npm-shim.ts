import { closeSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { CODEX_PACKAGE } from './package-binary.js'

const LONGEST_SHIM_BYTES = 16 * 1024
/** `"$basedir/../@openai/codex/bin/codex.js"`, `"%~dp0\..\@openai\codex\bin\codex.js"` and their like. */
const SHIM_TARGET = /(?:\$basedir|%~?dp0%?)[\\/]+([^"'\r\n]*?[\\/]codex\.js)/

/**
 * The folder of the `@openai/codex` copy that a file starts, when the file is its `codex.js`, a link to it, or
 * one of the scripts that package managers write for it. The script is never run: ending it with SIGKILL would
 * leave the native program behind it alive.
 */
export function packageBehindShim(file: string): string | undefined {
  const real = realPathOf(file)
  if (real === undefined) return undefined
  if (path.basename(real) === 'codex.js') return codexPackageOf(real)
  const relative = SHIM_TARGET.exec(headOf(real))?.[1]?.replaceAll('\\', '/')
  if (relative === undefined) return undefined
  // A script takes the folder it was called in, which for a linked script is not the one it lies in.
  for (const folder of [path.dirname(file), path.dirname(real)]) {
    const script = realPathOf(path.resolve(folder, relative))
    const root = script === undefined ? undefined : codexPackageOf(script)
    if (root !== undefined) return root
  }
  return undefined
}

/** The package that holds `bin/codex.js`, provided that it says to be Codex's. */
function codexPackageOf(script: string): string | undefined {
  const root = path.dirname(path.dirname(script))
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    return (manifest as { name?: unknown } | null)?.name === CODEX_PACKAGE ? root : undefined
  } catch {
    return undefined
  }
}

function headOf(file: string): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const buffer = Buffer.alloc(LONGEST_SHIM_BYTES)
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, LONGEST_SHIM_BYTES, 0))
  } catch {
    return ''
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function realPathOf(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}
