import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs'

/**
 * Says why a file cannot be run, or `undefined` when it can. On Windows being a file is enough; elsewhere this
 * process must have the right to execute it.
 */
export function whyNotExecutable(
  file: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  let stats: Stats
  try {
    stats = statSync(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? 'does not exist'
      : `cannot be read (${code ?? 'unknown'})`
  }
  if (stats.isDirectory()) return 'is a directory'
  if (!stats.isFile()) return 'is not a file'
  if (platform === 'win32') return undefined
  try {
    accessSync(file, constants.X_OK)
    return undefined
  } catch {
    return 'is not executable'
  }
}

/**
 * Leads out of an Electron archive: files inside `app.asar` can be read by Electron but not run by the system;
 * those that are to be run lie in `app.asar.unpacked`.
 */
export function outsideArchive(file: string): string {
  const unpacked = file.replace(/\.asar(?=[\\/])/, '.asar.unpacked')
  return unpacked !== file && existsSync(unpacked) ? unpacked : file
}
