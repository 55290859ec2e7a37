import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

const NAME = /^codex-conduit-([0-9a-f]{12})-(\d{1,10})-.{6}$/

/** How the name of a temporary folder of a process begins. */
export function folderPrefix(pid: number): string {
  return `codex-conduit-${processSpace()}-${pid}-`
}

/**
 * Removes the temporary folders of processes that were killed: they could not do it themselves. Only folders of this
 * user, whose process number is that of no process any more; a number that was given again keeps its folder for as
 * long. Never rejects.
 */
export async function removeLeftFolders(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  // Once: it reads files, and a temporary folder may have very many names.
  const ours = processSpace()
  const left = names.filter((name) => {
    const [, space, pid] = NAME.exec(name) ?? []
    return space === ours && !exists(Number(pid))
  })
  await Promise.all(left.map((name) => removeOwn(join(parent, name))))
}

async function removeOwn(folder: string): Promise<void> {
  try {
    const about = await lstat(folder)
    // Others may put anything under such a name into a folder that all share.
    if (!about.isDirectory() || about.uid !== (process.getuid?.() ?? about.uid)) return
    await rm(folder, { recursive: true, force: true })
  } catch {
    // Somebody else was faster, or it stays for the next.
  }
}

/**
 * Names those among whom a process number means one process: containers share folders, but not their numbers, and
 * after a restart of the machine the numbers are given again.
 */
function processSpace(): string {
  const facts = [hostname(), read(() => readlinkSync('/proc/self/ns/pid'))]
  facts.push(read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')))
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
}

function read(fact: () => string): string {
  try {
    return fact()
  } catch {
    // Systems other than Linux have no such file.
    return ''
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== 'ESRCH'
  }
}
