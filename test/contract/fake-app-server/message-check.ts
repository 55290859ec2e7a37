import { readInstalledProtocol } from '../../../scripts/generate/codex.js'
import { type Protocol, readProtocol } from '../../../scripts/generate/protocol.js'
import { schemaFaults } from './json-schema.js'
import type { Logged } from './logged-transport.js'

/** Members of items that Codex sends and its schema leaves out. */
const UNLISTED = new Set(['startedAtMs', 'completedAtMs'])

type Kind = 'ClientRequest' | 'ServerRequest' | 'ServerNotification' | 'ClientNotification'
type Json = Readonly<Record<string, unknown>>

/** Checks whole messages against the schema of the installed Codex. */
export class MessageCheck {
  readonly #root: Json
  readonly #protocol: Protocol

  private constructor(root: Json, protocol: Protocol) {
    this.#root = root
    this.#protocol = protocol
  }

  /** Asks the installed Codex for its schema. */
  static async load(): Promise<MessageCheck> {
    const source = await readInstalledProtocol()
    return new MessageCheck(source.experimental as Json, readProtocol(source))
  }

  /** What is wrong with what a side sent. Answers are checked by the requests that they answer. */
  faults(log: readonly Logged[], side: Logged['from']): string[] {
    const asked = new Map<string, string>()
    return log.flatMap(({ from, message }) => {
      const { id, method, params, result, error } = message
      const isRequest = method !== undefined && id !== undefined
      if (isRequest) asked.set(`${from} ${id}`, method)
      if (from !== side) return []
      if (method !== undefined) {
        const kind = `${from === 'client' ? 'Client' : 'Server'}${isRequest ? 'Request' : 'Notification'}`
        return this.#message(kind as Kind, method, params).map((fault) => `${method}: ${fault}`)
      }
      const other = from === 'client' ? 'server' : 'client'
      const answered = asked.get(`${other} ${id}`)
      if (answered === undefined) return [`an answer to ${JSON.stringify(id)}, which was not asked`]
      if (error !== undefined)
        return this.#type('JSONRPCErrorError', error).map((fault) => `${answered}: ${fault}`)
      return this.#result(other, answered, result).map((fault) => `answer to ${answered}: ${fault}`)
    })
  }

  #message(kind: Kind, method: string, params: unknown): string[] {
    const { clientRequests, serverRequests, serverNotifications, clientNotifications } = this.#protocol
    const lists = {
      ClientRequest: clientRequests,
      ServerRequest: serverRequests,
      ServerNotification: serverNotifications,
      ClientNotification: clientNotifications,
    }
    const found = lists[kind].find((one) => one.method === method)
    if (!found) return [`is no ${kind}`]
    if (found.params === null) return params === undefined || params === null ? [] : ['has no params']
    return this.#type(found.params, params)
  }

  #result(asker: 'client' | 'server', method: string, result: unknown): string[] {
    const { clientRequests, serverRequests } = this.#protocol
    const requests = asker === 'client' ? clientRequests : serverRequests
    const type = requests.find((one) => one.method === method)?.result
    return type === undefined ? [`${method} has no result`] : this.#type(type, result)
  }

  #type(name: string, value: unknown): string[] {
    const definitions = this.#root.definitions as Json
    const schema = (definitions.v2 as Json)[name] ?? definitions[name]
    if (schema === undefined) throw new Error(`the schema has no type ${name}`)
    return schemaFaults(this.#root, schema, value, UNLISTED)
  }
}
