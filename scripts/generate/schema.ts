import { GenerateError } from './errors.js'

/** JSON types that a schema can name. */
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object'

/** A value that an `enum` can hold. */
export type Literal = string | number | boolean | null

/** The part of JSON Schema that Codex uses, checked and with references resolved to type names. */
export interface SchemaNode {
  readonly description?: string
  readonly default?: unknown
  readonly ref?: string
  readonly types?: readonly JsonType[]
  readonly enum?: readonly Literal[]
  /** Members of `anyOf` and `oneOf`, one list for each of the two that is present. */
  readonly unions: readonly (readonly Schema[])[]
  readonly allOf?: readonly Schema[]
  readonly properties: ReadonlyMap<string, Schema>
  readonly required: ReadonlySet<string>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  /** The node is there only with `capabilities.experimentalApi`. */
  readonly experimental?: boolean
}

/** A schema: `true` accepts anything, `false` nothing. */
export type Schema = boolean | SchemaNode

/** Named schemas. */
export type Definitions = ReadonlyMap<string, Schema>

const JSON_TYPES: ReadonlySet<unknown> = new Set<JsonType>([
  'string',
  'number',
  'integer',
  'boolean',
  'null',
  'array',
  'object',
])

/** Keywords that say nothing a TypeScript type could express. */
const IGNORED = new Set(['$schema', 'title', 'format', 'minimum', 'minLength'])

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Checks one JSON schema and turns it into a {@link Schema}.
 *
 * @param where - Path of the schema, named in errors.
 * @throws GenerateError for any keyword or shape that the generator does not know.
 */
export function parseSchema(value: unknown, where: string): Schema {
  if (typeof value === 'boolean') return value
  const node: Mutable<SchemaNode> = { unions: [], properties: new Map(), required: new Set() }
  const unions: (readonly Schema[])[] = []
  for (const [keyword, argument] of Object.entries(record(value, where))) {
    const at = `${where}/${keyword}`
    switch (keyword) {
      case 'description':
        node.description = text(argument, at)
        break
      case 'default':
        node.default = argument
        break
      case '$ref':
        node.ref = refName(text(argument, at), at)
        break
      case 'type':
        node.types = (Array.isArray(argument) ? argument : [argument]).map((type) => jsonType(type, at))
        break
      case 'enum':
        node.enum = list(argument, at).map((member) => literal(member, at))
        break
      case 'anyOf':
      case 'oneOf':
        unions.push(schemas(argument, at))
        break
      case 'allOf':
        node.allOf = schemas(argument, at)
        break
      case 'properties':
        node.properties = new Map(
          Object.entries(record(argument, at)).map(([name, child]) => [
            name,
            parseSchema(child, `${where}.${name}`),
          ]),
        )
        break
      case 'required':
        node.required = new Set(list(argument, at).map((name) => text(name, at)))
        break
      case 'additionalProperties':
        node.additionalProperties = parseSchema(argument, at)
        break
      case 'items':
        if (Array.isArray(argument)) throw new GenerateError(`${at}: tuples are not supported`)
        node.items = parseSchema(argument, at)
        break
      default:
        if (!IGNORED.has(keyword)) throw new GenerateError(`${where}: unknown schema keyword \`${keyword}\``)
    }
  }
  node.unions = unions
  for (const name of node.required) {
    if (!node.properties.has(name)) throw new GenerateError(`${where}: required \`${name}\` has no schema`)
  }
  assertApplies(node, 'object', node.additionalProperties !== undefined || node.properties.size > 0, where)
  assertApplies(node, 'array', node.items !== undefined, where)
  return node
}

/** Fails when a schema describes parts of a type that it does not admit, or does not name. */
function assertApplies(
  { types, properties }: SchemaNode,
  type: JsonType,
  described: boolean,
  where: string,
): void {
  const named = types?.includes(type) ?? (type === 'object' && properties.size > 0)
  if (described && !named) throw new GenerateError(`${where}: describes an ${type} but is not one`)
}

/** Checks that a value is a plain JSON object. */
export function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GenerateError(`${where}: expected an object`)
  }
  return { ...value }
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new GenerateError(`${where}: expected a list`)
  return value
}

function schemas(value: unknown, where: string): readonly Schema[] {
  return list(value, where).map((member, index) => parseSchema(member, `${where}/${index}`))
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new GenerateError(`${where}: expected a string`)
  return value
}

function literal(value: unknown, where: string): Literal {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Literal
  throw new GenerateError(`${where}: expected a string, number, boolean or null`)
}

function jsonType(value: unknown, where: string): JsonType {
  if (JSON_TYPES.has(value)) return value as JsonType
  throw new GenerateError(`${where}: unknown type ${JSON.stringify(value)}`)
}

function refName(pointer: string, where: string): string {
  const name = /^#\/definitions\/(?:v2\/)?([^/]+)$/.exec(pointer)?.[1]
  if (name === undefined) throw new GenerateError(`${where}: unknown reference ${pointer}`)
  return name
}
