import type { Protocol, ProtocolMessage, ProtocolRequest } from './protocol.js'

/** Text of `protocol-manifest.json`: a line for each method, so that an upgrade shows as a readable diff. */
export function manifestText(protocol: Protocol): string {
  const { codexVersion, clientRequests, serverRequests, serverNotifications, clientNotifications } = protocol
  const sections = [
    section('clientRequests', clientRequests),
    section('serverRequests', serverRequests),
    section('serverNotifications', serverNotifications),
    section('clientNotifications', clientNotifications),
  ]
  return `{\n  "codexVersion": ${JSON.stringify(codexVersion)},\n${sections.join(',\n')}\n}\n`
}

/** Differences between two texts, line by line; empty when they are equal. */
export function lineDifferences(committed: string, generated: string): string[] {
  const before = significantLines(committed)
  const after = significantLines(generated)
  const removed = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`)
  const added = [...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`)
  const all = [...removed, ...added].sort((a, b) => order(key(a), key(b)))
  return all.length === 0 && committed !== generated ? ['~ the order or layout of lines differs'] : all
}

function section(name: string, messages: readonly (ProtocolMessage | ProtocolRequest)[]): string {
  const lines = messages.map((message) => {
    const params =
      message.params !== null && message.optionalParams ? `${message.params} | null` : message.params
    const facts = [params, ...('result' in message ? [message.result] : [])]
    if (message.experimental) facts.push('experimental')
    return `    ${JSON.stringify(message.method)}: [${facts.map((fact) => JSON.stringify(fact)).join(', ')}]`
  })
  return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`
}

/** Name that a line is about, so that what replaces a line stands next to it. */
function key(line: string): string {
  return line.slice(2).split(':')[0] ?? ''
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function significantLines(text: string): Set<string> {
  return new Set(text.split('\n').map((line) => line.trim().replace(/,$/, '')))
}
