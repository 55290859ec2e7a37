import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** Values that no report and no error may hold. */
export const SECRETS = {
  apiKey: 'sk-planted-0123456789abcdefghijklmnop',
  accessToken: 'planted-access-token-value',
  refreshToken: 'planted-refresh-token-value',
  idToken: 'planted-id-token-value',
  config: 'planted-config-value',
} as const

/** An `auth.json` as a ChatGPT sign-in leaves it. */
export const TOKEN_AUTH = JSON.stringify({
  auth_mode: 'chatgpt',
  OPENAI_API_KEY: null,
  tokens: {
    id_token: SECRETS.idToken,
    access_token: SECRETS.accessToken,
    refresh_token: SECRETS.refreshToken,
  },
})
/** An `auth.json` as `codex login --with-api-key` leaves it. */
export const KEY_AUTH = JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: SECRETS.apiKey })
export const CONFIG = `model = "some-model"\nnote = "${SECRETS.config}"\n`

/** A fresh folder, without links in its path, that goes away with the test. */
export async function freshFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'codex-home-test-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A fresh folder with a source home in it, and the path of a target that does not exist yet. */
export async function freshHomes(
  files: Readonly<Record<string, string>> = { 'auth.json': KEY_AUTH, 'config.toml': CONFIG },
): Promise<{ root: string; from: string; to: string }> {
  const root = await freshFolder()
  const from = path.join(root, 'source')
  await mkdir(from)
  for (const [name, contents] of Object.entries(files)) {
    await writeFile(path.join(from, name), contents)
    await chmod(path.join(from, name), 0o644)
  }
  return { root, from, to: path.join(root, 'target') }
}

/** Permission bits in octal. */
export async function modeOf(place: string): Promise<string> {
  return ((await stat(place)).mode & 0o7777).toString(8).padStart(4, '0')
}

/** Names in a folder, ordered, hidden ones included. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort()
}

/** Everything an error or a report would show when it is logged. */
export function everythingIn(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value)
  const own = Object.fromEntries(
    Object.getOwnPropertyNames(value).map((name) => [
      name,
      (value as unknown as Record<string, unknown>)[name],
    ]),
  )
  const { stack: _, ...shown } = own
  return `${String(value)} ${JSON.stringify(shown)}${value.cause === undefined ? '' : everythingIn(value.cause)}`
}

/** An error as the system reports it, path in the message included. */
export function systemError(code: string, place: string): Error {
  return Object.assign(new Error(`${code}: refused, open '${place}'`), { code, path: place })
}

/** The error that a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('Expected a rejection')
    },
    (error: unknown) => error,
  )
}
