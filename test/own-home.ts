import { mkdir, rm } from 'node:fs/promises'

/** Home of every program that the tests of this run start, relative to the repository. */
export const TEST_HOME = `.cache/test-home/${process.pid}`

/**
 * Codex runs commands in login shells, which read the profile of whoever runs the tests: one that is slow, or that
 * waits for a lock which a killed test has left, would hold up every command.
 */
export async function setup(): Promise<void> {
  await mkdir(TEST_HOME, { recursive: true })
}

export async function teardown(): Promise<void> {
  await rm(TEST_HOME, { recursive: true, force: true })
}
