import { GenerateError } from './errors.js'
import type { Definitions, Schema, SchemaNode } from './schema.js'
import { singleValue } from './tags.js'

/** A request or notification of the protocol. */
export interface Message {
  readonly method: string
  /** Name of the params type; null when the message has no params. */
  readonly params: string | null
  /** Params may be left out although they have a type. */
  readonly optionalParams: boolean
  readonly description: string | undefined
}

/** Headings of the list of messages, which land in the description of the message behind them. */
const SECTION_MARKER = /^(?:NEW (?:APIs|NOTIFICATIONS)|DEPRECATED APIs below)\s*/

/** Reads the messages of one kind, for example `ClientRequest`, in the order of the schema. */
export function readMessages(kind: string, definitions: Definitions): Message[] {
  const schema = definitions.get(kind)
  const members = typeof schema === 'object' ? schema.unions.flat() : []
  if (members.length === 0) throw new GenerateError(`${kind}: the schema lists no messages`)
  return members.map((member, index) => readMessage(member, `${kind}/${index}`, definitions))
}

function readMessage(schema: Schema, where: string, definitions: Definitions): Message {
  const properties = typeof schema === 'object' ? schema.properties : undefined
  const method = singleValue(properties?.get('method') ?? false, definitions)
  if (typeof schema === 'boolean' || method === undefined) throw new GenerateError(`${where}: no method`)
  const description = schema.description?.replace(SECTION_MARKER, '') || undefined
  const params = schema.properties.get('params')
  if (params === undefined || isNull(params))
    return { method, params: null, optionalParams: true, description }
  if (typeof params === 'object') {
    if (params.ref !== undefined) return { method, params: params.ref, optionalParams: false, description }
    const type = nullableReference(params)
    if (type !== undefined) return { method, params: type, optionalParams: true, description }
  }
  throw new GenerateError(`${method}: params are neither a named type, nor a nullable one, nor null`)
}

function isNull(schema: Schema): boolean {
  return typeof schema === 'object' && schema.types?.length === 1 && schema.types[0] === 'null'
}

function nullableReference({ unions }: SchemaNode): string | undefined {
  const members = unions.flat()
  const types = members.filter((member) => !isNull(member))
  const [type] = types
  return members.length === 2 && types.length === 1 && typeof type === 'object' ? type.ref : undefined
}
