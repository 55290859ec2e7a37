import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { checkKnownKeys, checkOptions, checkString } from '../util/validate.js'
import type { ModelStub } from './model-stub/model-stub.js'

/** Settings of {@link stubCodexHome}. */
export interface StubCodexHomeOptions {
  /**
   * Model that Codex asks for. Codex warns at each turn about a model it does not know, and offers some tools
   * to known models only: `gpt-5.5` has `apply_patch`.
   * @default 'gpt-5.5'
   */
  readonly model?: string
  /** How often Codex repeats a request that failed before the stream began. @default 0 */
  readonly requestMaxRetries?: number
  /** How often Codex repeats a request whose stream broke. @default 0 */
  readonly streamMaxRetries?: number
  /** How long Codex waits for the next event of a stream, in milliseconds. @default Codex's */
  readonly streamIdleTimeoutMs?: number
  /**
   * Codex features to switch, for example `{ default_mode_request_user_input: true }`. They are added to
   * {@link offlineFeatures}, which they may override.
   * @default {}
   */
  readonly features?: Readonly<Record<string, boolean>>
  /**
   * Further TOML, verbatim: top-level keys first, then tables. It must not repeat a key or table of the
   * written file (`model`, `model_provider`, `[features]`, `[analytics]`, `[model_providers.stub]`, …).
   * @default ''
   */
  readonly extraToml?: string
  /**
   * Folder to make the home in; it is created when missing and stays. It must not lie under the system's
   * temporary folder, where Codex refuses to create its helper binaries and warns.
   * @default `node_modules/.cache/codex-conduit` of the nearest folder upwards from the working folder that has
   * a `node_modules`, else `.cache/codex-conduit` in the user's home
   */
  readonly parent?: string
}

/** A private `CODEX_HOME`; made by {@link stubCodexHome}. */
export interface StubCodexHome extends AsyncDisposable {
  /** The folder, absolute. */
  readonly path: string
  /** What to add to the environment of a Codex process. */
  readonly env: Readonly<Record<string, string>>
  /** Removes the folder. Call it when the Codex that used it has exited. Idempotent. */
  dispose(): Promise<void>
}

/**
 * Features that {@link stubCodexHome} sets, so that Codex is quick, repeatable and asks nobody but the stub:
 * - `apps`, `plugins`: off, they ask hosts on the internet at start;
 * - `shell_snapshot`: off, it runs the user's login shell at each thread start;
 * - `unbounded_connection_retries`: off, so that a closed stub fails the turn. When on (Codex's default), a
 *   provider that refuses connections keeps the turn waiting for ever.
 */
export const offlineFeatures: Readonly<Record<string, boolean>> = {
  apps: false,
  plugins: false,
  shell_snapshot: false,
  unbounded_connection_retries: false,
}

/**
 * Makes a private `CODEX_HOME` folder (mode 0700) whose configuration sends Codex to the stub and nowhere
 * else: no sign-in, no retries, no analytics, no update check, no plugin sync. Rejects with `InvalidInputError` for
 * what is no stub, and for an unknown option.
 */
export async function stubCodexHome(
  stub: Pick<ModelStub, 'url'>,
  options: StubCodexHomeOptions = {},
): Promise<StubCodexHome> {
  checkString('stub.url', (stub as Partial<ModelStub> | undefined)?.url ?? null)
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  const parent = resolve(options.parent ?? (await cacheFolder()))
  await mkdir(parent, { recursive: true })
  // mkdtemp creates with mode 0700.
  const path = await mkdtemp(join(parent, 'codex-home-'))
  const dispose = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  try {
    await writeFile(join(path, 'config.toml'), configToml(stub.url, options), { mode: 0o600 })
  } catch (error) {
    await dispose()
    throw error
  }
  // Codex honours proxy variables, and a proxy cannot reach this loopback.
  const env = { CODEX_HOME: path, NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' }
  return { path, env, dispose, [Symbol.asyncDispose]: dispose }
}

const KNOWN: Readonly<Record<keyof StubCodexHomeOptions, true>> = {
  model: true,
  requestMaxRetries: true,
  streamMaxRetries: true,
  streamIdleTimeoutMs: true,
  features: true,
  extraToml: true,
  parent: true,
}

function configToml(url: string, options: StubCodexHomeOptions): string {
  const features = { ...offlineFeatures, ...options.features }
  const idle = options.streamIdleTimeoutMs
  return [
    `model = ${tomlString(options.model ?? 'gpt-5.5')}`,
    'model_provider = "stub"',
    'check_for_update_on_startup = false',
    'suppress_unstable_features_warning = true',
    options.extraToml ?? '',
    '[analytics]',
    'enabled = false',
    '[feedback]',
    'enabled = false',
    '[features]',
    ...Object.entries(features).map(([name, on]) => `${tomlString(name)} = ${on}`),
    '[model_providers.stub]',
    'name = "stub"',
    `base_url = ${tomlString(url)}`,
    'wire_api = "responses"',
    'supports_websockets = false',
    `request_max_retries = ${options.requestMaxRetries ?? 0}`,
    `stream_max_retries = ${options.streamMaxRetries ?? 0}`,
    ...(idle === undefined ? [] : [`stream_idle_timeout_ms = ${idle}`]),
    '',
  ].join('\n')
}

// A JSON string is a TOML basic string but for DEL, which TOML wants escaped, and lone surrogates.
function tomlString(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('\u007f', '\\u007f')
}

async function cacheFolder(): Promise<string> {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    if (await exists(modules)) return join(modules, '.cache', 'codex-conduit')
    if (folder === dirname(folder)) return join(homedir(), '.cache', 'codex-conduit')
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
