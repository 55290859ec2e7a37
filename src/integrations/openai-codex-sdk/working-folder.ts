import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refused, refusedAtOnce } from './errors.js'

/**
 * The folder that a thread works in, absolute. Throws a `CodexSdkError` where Codex's command line refuses to
 * work: when there is no such folder, and, unless the check is skipped, when it is in no Git repository. The
 * app-server itself would take either.
 */
export function workingFolder(folder: string | undefined): string {
  const path = resolve(folder || '.')
  const status = statSync(path, { throwIfNoEntry: false })
  if (status === undefined) throw refusedAtOnce('Error: No such file or directory (os error 2)\n')
  if (!status.isDirectory()) throw refusedAtOnce('Error: Not a directory (os error 20)\n')
  return path
}

/** See {@link workingFolder}. */
export function checkGitRepository(path: string): void {
  for (let folder = path; ; folder = dirname(folder)) {
    // A file in a worktree or a submodule.
    if (existsSync(join(folder, '.git'))) return
    if (folder === dirname(folder)) break
  }
  throw refused('Not inside a trusted directory and --skip-git-repo-check was not specified.\n')
}
