import { isIP } from 'node:net'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import { type ApprovalRule, type RuleMatch, unrelated } from './rule.js'

/** How {@link allowNetworkHosts} narrows what it allows. */
export interface NetworkRuleOptions {
  /** Protocols as Codex names them: `http`, `https`, `socks5Tcp`, `socks5Udp`. @default all */
  readonly protocols?: readonly string[] | undefined
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`)
/** The last label of a name; one that is a number makes the whole an address in some spelling. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/

/**
 * Allows requests to reach a host. A host is compared exactly; `*.example.com` stands for every name below
 * `example.com`, not for itself. Names are ASCII: write `xn--…` for others, so that nothing looks alike.
 * Addresses match only as they are written, without a port.
 *
 * Throws `InvalidInputError` for a host that is not of these forms, for a wildcard below a single label, and for a
 * wrong option.
 */
export function allowNetworkHosts(hosts: readonly string[], options: NetworkRuleOptions = {}): ApprovalRule {
  const patterns = checkHosts(hosts)
  checkOptions('options', options)
  checkKnownKeys(options, { protocols: true })
  const protocols = checkProtocols(options.protocols)
  return {
    name: `allowNetworkHosts(${patterns.join(', ')})`,
    toJSON: () => ({
      rule: 'allowNetworkHosts',
      hosts: [...patterns],
      options: protocols === undefined ? {} : { protocols: [...protocols] },
    }),
    evaluate(request) {
      if (request.kind !== 'command' || !request.network) return unrelated('the network')
      const { host, protocol } = request.network
      if (request.wantsPermissions) return { match: 'unsure', reason: 'it asks for further permissions' }
      if (protocols && !protocols.includes(protocol)) {
        return { match: 'no', reason: `the protocol ${protocol} is not allowed` }
      }
      const match = matchHost(host, patterns)
      const reasons = {
        yes: 'the host is allowed',
        no: `the host ${host} is not allowed`,
        unsure: `the host ${host} is not in its plain form`,
      }
      return { match, reason: reasons[match] }
    },
  }
}

function matchHost(given: string, patterns: readonly string[]): Extract<RuleMatch, 'yes' | 'no' | 'unsure'> {
  const host = given.toLowerCase()
  if (patterns.includes(host)) return 'yes'
  if (isIP(host) !== 0) return 'no'
  // With a port, a trailing dot, other scripts, or an address in an unusual spelling.
  if (!NAME.test(host) || NUMERIC_END.test(host) || host.length > 253) return 'unsure'
  return patterns.some((pattern) => pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))
    ? 'yes'
    : 'no'
}

function checkHosts(hosts: unknown): readonly string[] {
  if (!Array.isArray(hosts) || hosts.length === 0) {
    throw new InvalidInputError('hosts', hosts, 'a list of at least one host')
  }
  return Array.from(hosts as readonly unknown[], (host, index) => {
    const text = isText(host) ? host.toLowerCase() : ''
    const name = text.startsWith('*.') ? text.slice(2) : text
    const isName = NAME.test(name) && !NUMERIC_END.test(name) && name.length <= 253
    const isAllowed = text.startsWith('*.') ? isName && name.includes('.') : isName || isIP(text) !== 0
    if (isAllowed) return text
    throw new InvalidInputError(`hosts[${index}]`, host, 'a host such as `example.com`, or `*.example.com`')
  })
}

function checkProtocols(protocols: unknown): readonly string[] | undefined {
  if (protocols === undefined) return undefined
  const names: readonly unknown[] | undefined = Array.isArray(protocols) ? [...protocols] : undefined
  if (names?.every(isText)) return names
  throw new InvalidInputError('protocols', protocols, 'a list of names')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
