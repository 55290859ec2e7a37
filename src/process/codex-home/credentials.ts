/**
 * What kind of credential an `auth.json` holds:
 *
 * - `api-key`: a key of the OpenAI API.
 * - `tokens`: the tokens of a ChatGPT sign-in.
 * - `agent-identity`, `personal-access-token`, `bedrock`: what their names say.
 */
export type CredentialKind = 'api-key' | 'tokens' | 'agent-identity' | 'personal-access-token' | 'bedrock'

/** What an `auth.json` holds, without any value. */
export interface AuthFileFacts {
  /** Whether it is a JSON object in the encoding that Codex accepts. */
  readonly parses: boolean
  /** Credentials that are there and not empty. Whether they are accepted, only a request shows. */
  readonly kinds: readonly CredentialKind[]
  /** Whether there is a refresh token, which two processes cannot both use. */
  readonly hasRefreshToken: boolean
}

const NOTHING: AuthFileFacts = { parses: false, kinds: [], hasRefreshToken: false }

/** Looks at the contents of an `auth.json`. Never throws and keeps no value. */
export function readAuthFacts(contents: Uint8Array): AuthFileFacts {
  const auth = parseObject(contents)
  if (auth === undefined) return NOTHING
  const tokens = isObject(auth.tokens) ? auth.tokens : {}
  const kinds: CredentialKind[] = []
  if (isFilled(auth.OPENAI_API_KEY)) kinds.push('api-key')
  if (isFilled(tokens.access_token)) kinds.push('tokens')
  if (isFilled(auth.agent_identity)) kinds.push('agent-identity')
  if (isFilled(auth.personal_access_token)) kinds.push('personal-access-token')
  if (isFilled(auth.bedrock_api_key) || isFilled(auth.bedrock_access_keys)) kinds.push('bedrock')
  return { parses: true, kinds, hasRefreshToken: isFilled(tokens.refresh_token) }
}

/**
 * Whether a `config.toml` has a setting under which credentials lie elsewhere than in `auth.json`: a provider
 * of its own, a profile, or a credential store. Reads single lines, so it may say yes where a TOML parser
 * would say no, and never hides a setting.
 */
export function namesOtherCredentials(contents: Uint8Array): boolean {
  const text = Buffer.from(contents).toString('utf8')
  // Nothing here can match the same blanks in two ways, which keeps it linear in the file.
  return /^[ \t]*(?:\[+[ \t]*)?["']?(?:model_providers?|profiles?|cli_auth_credentials_store)\b/m.test(text)
}

function parseObject(contents: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    // Codex refuses a byte order mark, and so does the parser as long as the decoder keeps it.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(contents)
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' ? value.trim() !== '' : isObject(value) && Object.keys(value).length > 0
}
