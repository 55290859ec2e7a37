import { mkdir, rm } from 'node:fs/promises'

/** Home of every program that tests start, relative to the repository. */
export const TEST_HOME = '.cache/test-home'

/**
 * Codex runs commands in login shells, which read the profile of whoever runs the tests: one that is slow, or that
 * waits for a lock which a killed test has left, would hold up every command.
 */
export default async function setup(): Promise<void> {
  await rm(TEST_HOME, { recursive: true, force: true })
  await mkdir(TEST_HOME, { recursive: true })
}
