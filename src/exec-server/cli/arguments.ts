import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { InvalidInputError } from '../../util/errors.js'
import type { ExecServerAuth, ListenWebSocketOptions } from '../server/index.js'

/** Where the program listens. */
export type ListenTarget =
  | { readonly kind: 'stdio' }
  | { readonly kind: 'websocket'; readonly options: ListenWebSocketOptions }

/** What the arguments ask for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'serve'; readonly listen: ListenTarget; readonly roots: readonly string[] | undefined }

export const USAGE = `Usage: codex-conduit-exec-server [options]

Serves the exec-server protocol: lets clients run processes and work with files on this machine.

  --listen <url>                 ws://IP:PORT, or stdio:// (default ws://127.0.0.1:0)
  --root <folder>                confine file operations and working folders to it; may be repeated
  --ws-auth <mode>               capability-token or signed-bearer-token
  --ws-token-file <path>         the token, for capability-token
  --ws-token-sha256 <hex>        or the SHA-256 digest of the token
  --ws-shared-secret-file <path> the secret, for signed-bearer-token
  --ws-issuer <name>             the issuer that a signed token must name
  --ws-audience <name>           the audience that a signed token must name
  --help, --version
`

/** Reads the arguments. Throws `InvalidInputError`, or what a file or `parseArgs` fails with. */
export function readArguments(argv: readonly string[]): Invocation {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv],
    options: {
      listen: text,
      root: { type: 'string', multiple: true },
      'ws-auth': text,
      'ws-token-file': text,
      'ws-token-sha256': text,
      'ws-shared-secret-file': text,
      'ws-issuer': text,
      'ws-audience': text,
      help: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  })
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  return { kind: 'serve', listen: readTarget(values), roots: values.root }
}

type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

function readTarget(values: Values): ListenTarget {
  const { listen = 'ws://127.0.0.1:0' } = values
  const auth = readAuth(values)
  if (listen === 'stdio' || listen === 'stdio://') {
    if (auth !== undefined) throw new InvalidInputError('--ws-auth', auth, 'a WebSocket to listen on')
    return { kind: 'stdio' }
  }
  const match = /^ws:\/\/(\[[0-9a-f:.]+\]|[^/:[\]]+):(\d{1,5})\/?$/i.exec(String(listen))
  if (!match) throw new InvalidInputError('--listen', listen, '`ws://IP:PORT`, `stdio` or `stdio://`')
  const [, host, port] = match
  return { kind: 'websocket', options: { host, port: Number(port), ...(auth ? { auth } : {}) } }
}

function readAuth(values: Values): ExecServerAuth | undefined {
  const given = (name: string) => values[name] as string | undefined
  const [file, digest, secret] = ['ws-token-file', 'ws-token-sha256', 'ws-shared-secret-file'].map(given)
  // Nothing but a signed token tells its issuer and audience: with another it would go unsaid.
  for (const name of ['ws-issuer', 'ws-audience']) {
    if (given('ws-auth') !== 'signed-bearer-token' && given(name) !== undefined)
      throw new InvalidInputError(`--${name}`, given(name), 'nothing without `--ws-auth signed-bearer-token`')
  }
  switch (given('ws-auth')) {
    case undefined:
      // A credential without a mode would be believed to protect, and would not.
      if (file ?? digest ?? secret) throw new InvalidInputError('--ws-auth', undefined, 'a mode')
      return undefined
    case 'capability-token':
      if (file !== undefined && digest === undefined) return { token: readSecret(file) }
      if (digest !== undefined && file === undefined) return { tokenSha256: digest }
      throw new InvalidInputError('--ws-token-file', file, 'a file, or --ws-token-sha256')
    case 'signed-bearer-token':
      if (secret === undefined) throw new InvalidInputError('--ws-shared-secret-file', secret, 'a file')
      return { sharedSecret: readSecret(secret), issuer: given('ws-issuer'), audience: given('ws-audience') }
    default:
      throw new InvalidInputError('--ws-auth', 'mode', '`capability-token` or `signed-bearer-token`')
  }
}

function readSecret(path: string): string {
  const secret = readFileSync(path, 'utf8').trim()
  if (secret === '') throw new InvalidInputError(path, secret, 'a secret in the file')
  return secret
}
