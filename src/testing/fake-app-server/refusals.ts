import { clientMethods } from '../../protocol/index.js'
import { RPC_ERROR_NUMBERS, RpcError } from '../../rpc/errors.js'
import { uuidFault } from './ids.js'

// Codex refuses nearly everything with -32600, unknown methods and wrong params included.
const invalid = (message: string): RpcError => new RpcError(RPC_ERROR_NUMBERS.invalidRequest, message)

/** What Codex refuses, in its own words. */
export const refusal = {
  notInitialized: () => invalid('Not initialized'),
  alreadyInitialized: () => invalid('Already initialized'),
  needsExperimentalApi: (what: string) => invalid(`${what} requires experimentalApi capability`),
  badParams: (fault: string) => invalid(`Invalid request: ${fault}`),
  unknownMethod: (method: string) =>
    invalid(`Invalid request: unknown variant \`${method}\`, ${expectedOneOf(clientMethods)}`),
  threadNotFound: (id: string) => invalid(`thread not found: ${id}`),
  threadNotLoaded: (id: string) => invalid(`thread not loaded: ${id}`),
  noRollout: (id: string) => invalid(`no rollout found for thread id ${id}`),
  noArchivedRollout: (id: string) => invalid(`no archived rollout found for thread id ${id}`),
  archived: (id: string) =>
    invalid(`session ${id} is archived. Run \`codex unarchive ${id}\` to unarchive it first.`),
  forked: (id: string) => invalid(`cannot delete thread ${id}: forked history still references it`),
  noTurnToSteer: () => invalid('no active turn to steer'),
  noTurnToInterrupt: () => invalid('no active turn to interrupt'),
  otherTurnToSteer: (expected: string, active: string) =>
    invalid(`expected active turn id \`${expected}\` but found \`${active}\``),
  otherTurnToInterrupt: (expected: string, active: string) =>
    invalid(`expected active turn id ${expected} but found ${active}`),
  emptyInput: () => invalid('input must not be empty'),
  emptyName: () => invalid('thread name must not be empty'),
  ephemeral: (what: string) => invalid(`ephemeral threads do not support ${what}`),
  ephemeralMetadata: (id: string) => invalid(`ephemeral thread does not support metadata updates: ${id}`),
  notMaterialized: (id: string, method: string) =>
    invalid(`thread ${id} is not materialized yet; ${method} is unavailable before first user message`),
  notSupported: (what: string) =>
    new RpcError(RPC_ERROR_NUMBERS.methodNotFound, `${what} is not supported yet`),
  invalidCursor: (cursor: string) => invalid(`invalid cursor: ${cursor}`),
  inputTooLarge: (actual: number) =>
    new RpcError(
      RPC_ERROR_NUMBERS.invalidParams,
      `Input exceeds the maximum length of ${MAX_INPUT_CHARS} characters.`,
      { data: { input_error_code: 'input_too_large', max_chars: MAX_INPUT_CHARS, actual_chars: actual } },
    ),
  badTool: (why: string) => invalid(`dynamic tool name ${why}`),
  duplicateTool: (name: string) => invalid(`duplicate dynamic tool name: ${name}`),
  /** What the real server would do and the fake one does not know how to. */
  notScripted: (method: string) =>
    new RpcError(
      // Not "unsupported": Codex has the method.
      RPC_ERROR_NUMBERS.internalError,
      `the fake app-server does not answer ${method} by itself; script it with onRequest('${method}', …)`,
    ),
}

/** Most characters that the texts of one input may have in all. */
export const MAX_INPUT_CHARS = 1_048_576

/** Checks an id. Codex calls it a session or a thread, depending on the method. */
export function checkUuid(id: string, what: 'session' | 'thread'): void {
  const fault = uuidFault(id)
  if (fault !== undefined) throw invalid(`invalid ${what} id: ${fault}`)
}

/** The end of a refusal that lists what would have been accepted. */
export function expectedOneOf(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``)
  return quoted.length === 2 ? `expected ${quoted.join(' or ')}` : `expected one of ${quoted.join(', ')}`
}
