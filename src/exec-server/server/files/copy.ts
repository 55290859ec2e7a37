import { constants, type Stats } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir, readlink, realpath, stat, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { RpcError } from '../../../rpc/errors.js'
import { systemErrorText } from '../system-error.js'

/**
 * Copies a file, a link (as a link), or with `recursive` a folder; a file that is there is overwritten, a link not.
 *
 * @param checkTarget - rejects when nothing may be written to a place below the destination: links may be there
 */
export async function copy(
  source: string,
  destination: string,
  recursive: boolean,
  checkTarget: (path: string) => Promise<void>,
): Promise<void> {
  const entry = await lstat(source)
  if (!entry.isDirectory()) {
    await copyEntry(source, destination, entry)
    return
  }
  if (!recursive) {
    throw RpcError.invalidRequest('fs/copy requires recursive: true when sourcePath is a directory')
  }
  if (isWithin(await realpath(source), await realTarget(destination))) {
    throw RpcError.invalidRequest('fs/copy cannot copy a directory to itself or one of its descendants')
  }
  await copyFolder(source, destination, entry, checkTarget)
}

async function copyFolder(
  source: string,
  destination: string,
  facts: Stats,
  checkTarget: (path: string) => Promise<void>,
): Promise<void> {
  await mkdir(destination, { recursive: true })
  for (const name of await readdir(source)) {
    const [from, to] = [join(source, name), join(destination, name)]
    const entry = await lstat(from)
    await checkTarget(to)
    if (entry.isDirectory()) await copyFolder(from, to, entry, checkTarget)
    // Sockets, pipes and devices are left out of a tree.
    else if (entry.isFile() || entry.isSymbolicLink()) await copyEntry(from, to, entry)
  }
  await chmod(destination, facts.mode & 0o7777)
}

async function copyEntry(source: string, destination: string, entry: Stats): Promise<void> {
  if (entry.isSymbolicLink()) {
    await symlink(await readlink(source), destination)
  } else if (entry.isFile()) {
    const target = await stat(destination).catch(() => undefined)
    if (target?.isDirectory()) throw RpcError.internal(systemErrorText('EISDIR'))
    await copyFile(source, destination, constants.COPYFILE_FICLONE)
  } else {
    throw RpcError.invalidRequest('fs/copy only supports regular files, directories, and symlinks')
  }
}

/** Where a folder that may not exist yet would really lie. */
async function realTarget(path: string): Promise<string> {
  const missing: string[] = []
  for (let existing = path; ; existing = dirname(existing)) {
    const real = await realpath(existing).catch(() => undefined)
    if (real !== undefined) return join(real, ...missing)
    if (existing === dirname(existing)) return path
    missing.unshift(relative(dirname(existing), existing))
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
