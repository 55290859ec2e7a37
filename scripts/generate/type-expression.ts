import { schemaComment } from './doc-comment.js'
import { GenerateError } from './errors.js'
import type { JsonType, Literal, Schema, SchemaNode } from './schema.js'

/** Which side of the wire a type is for: what we send is exact, what we receive stays open. */
export type Direction = 'sent' | 'received'

/** What an expression depends on besides its schema. */
export interface ExpressionContext {
  readonly direction: Direction
  /** Path of the schema, named in errors. */
  readonly where: string
  /** The schema is the tag of a union: its strings stay exact although they are received. */
  readonly tag?: boolean
}

/** A member of a union type: its text, what surrounds it, and its comment. */
interface Alternative {
  readonly text: string
  /** Needs parentheses as an element of an array or an intersection. */
  readonly compound: boolean
  readonly comment: string
}

const ANY_STRING = '(string & {})'
const MAX_WIDTH = 90

/** Renders a schema as a TypeScript type. */
export function typeExpression(schema: Schema, context: ExpressionContext): string {
  return join(alternatives(schema, context))
}

/** Renders the body of an object type: `{`, one member a line, `}`. */
export function objectBody(schema: SchemaNode, context: ExpressionContext): string {
  const names = [...schema.properties.keys()].sort()
  const members = names.map((name) => indent(property(schema, name, context)))
  const rest = schema.additionalProperties
  if (rest === true) members.push('  [key: string]: unknown\n')
  else if (rest !== undefined && rest !== false) {
    throw new GenerateError(`${context.where}: properties beside typed additionalProperties`)
  }
  return `{\n${members.join('')}}`
}

/** Whether a schema is one plain object type with named properties and nothing else. */
export function isPlainObject(schema: SchemaNode): boolean {
  const { ref, types, unions, allOf, properties } = schema
  const alone = ref === undefined && allOf === undefined && unions.length === 0 && schema.enum === undefined
  return alone && properties.size > 0 && types?.length === 1 && types[0] === 'object'
}

function property(parent: SchemaNode, name: string, { direction, where }: ExpressionContext): string {
  const schema = parent.properties.get(name) ?? true
  const optional = !parent.required.has(name)
  const type = alternatives(schema, { direction, where: `${where}.${name}`, tag: hasOneValue(schema) })
  if (optional && direction === 'sent' && join(type) !== 'unknown') type.push(plain('undefined'))
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)
  return `${schemaComment(schema)}${key}${optional ? '?' : ''}${annotation(':', join(type))}\n`
}

function hasOneValue(schema: Schema): boolean {
  return typeof schema === 'object' && schema.enum?.length === 1
}

function alternatives(schema: Schema, context: ExpressionContext): Alternative[] {
  if (typeof schema === 'boolean') return [plain(schema ? 'unknown' : 'never')]
  const parts = factors(schema, context)
  const [only, ...others] = parts
  if (only === undefined) return [plain('unknown')]
  if (others.length === 0) return only
  const text = parts.map((part) => operand(part)).join(' & ')
  return [{ text, compound: true, comment: '' }]
}

/** What a value must satisfy at once; each factor is a union. */
function factors(schema: SchemaNode, context: ExpressionContext): Alternative[][] {
  const { where } = context
  const inner: ExpressionContext = { direction: context.direction, where }
  const parts: Alternative[][] = []
  if (schema.ref !== undefined) parts.push([plain(schema.ref)])
  if (schema.enum !== undefined) parts.push(literals(schema.enum, schema.types, context))
  else {
    const composed = schema.unions.length > 0 || schema.allOf !== undefined
    const types = schema.types ?? (schema.properties.size > 0 ? (['object'] as const) : [])
    // Beside a union or an intersection, "an object" adds nothing to what the members say.
    const implied = composed && types.length === 1 && types[0] === 'object' && isBare(schema)
    if (types.length > 0 && !implied) parts.push(unite(types.map((type) => ofType(type, schema, inner))))
  }
  for (const member of schema.allOf ?? []) parts.push(alternatives(member, context))
  for (const members of schema.unions) parts.push(union(members, members.length === 1 ? context : inner))
  return parts
}

function ofType(type: JsonType, schema: SchemaNode, context: ExpressionContext): Alternative[] {
  switch (type) {
    case 'integer':
      return [plain('number')]
    case 'array':
      return [arrayOf(schema, context)]
    case 'object':
      return [plain(objectType(schema, context))]
    default:
      return [plain(type)]
  }
}

function arrayOf(schema: SchemaNode, context: ExpressionContext): Alternative {
  const where = `${context.where}[]`
  const items = alternatives(schema.items ?? true, { direction: context.direction, where })
  if (context.direction === 'received') return plain(`${operand(items)}[]`)
  // A read-only array accepts a mutable one, so callers can pass either.
  return { text: `readonly ${operand(items)}[]`, compound: true, comment: '' }
}

function objectType(schema: SchemaNode, context: ExpressionContext): string {
  if (schema.properties.size > 0) return compact(objectBody(schema, context))
  if (!isBare(schema)) return mapOf(schema, context)
  return schema.additionalProperties === false ? 'Record<string, never>' : 'Record<string, unknown>'
}

/** Puts a short object type without comments and nested blocks on one line. */
function compact(body: string): string {
  const members = body.split('\n').slice(1, -1)
  const line = `{ ${members.map((member) => member.trim()).join('; ')} }`
  const nested = members.some((member) => /^ {3}|^ *\/\*/.test(member))
  return nested || line.length > MAX_WIDTH ? body : line
}

function mapOf(schema: SchemaNode, context: ExpressionContext): string {
  const where = `${context.where}{}`
  const value = typeExpression(schema.additionalProperties ?? true, { direction: context.direction, where })
  return `Record<string, ${value}>`
}

function isBare({ properties, additionalProperties }: SchemaNode): boolean {
  return (
    properties.size === 0 && (additionalProperties === undefined || typeof additionalProperties === 'boolean')
  )
}

function literals(
  values: readonly Literal[],
  types: readonly JsonType[] | undefined,
  { direction, tag, where }: ExpressionContext,
): Alternative[] {
  for (const value of values) {
    const type = value === null ? 'null' : typeof value
    const fits = types === undefined || types.some((name) => (name === 'integer' ? 'number' : name) === type)
    if (!fits) throw new GenerateError(`${where}: enum value ${JSON.stringify(value)} is of another type`)
  }
  const members = values.map((value) => plain(typeof value === 'string' ? quote(value) : String(value)))
  const strings = values.some((value) => typeof value === 'string')
  const exact = direction === 'sent' || !strings || tag === true
  return unite(exact ? [members] : [members, [plain(ANY_STRING)]])
}

function union(members: readonly Schema[], context: ExpressionContext): Alternative[] {
  return unite(
    members.map((member) => {
      const inner = alternatives(member, context)
      const comment = schemaComment(member)
      const [first, ...rest] = inner
      return first === undefined || comment === '' ? inner : [{ ...first, comment }, ...rest]
    }),
  )
}

/** Flattens unions into one: no duplicates, any other string after the known ones, null last. */
function unite(groups: readonly (readonly Alternative[])[]): Alternative[] {
  const unique = new Map<string, Alternative>()
  for (const alternative of groups.flat()) {
    if (!unique.has(alternative.text)) unique.set(alternative.text, alternative)
  }
  if (unique.has('unknown')) return [plain('unknown')]
  const all = [...unique.values()]
  const known = all.some(({ text }) => text.startsWith("'"))
  // A bare `string` would swallow the literals beside it, and with them what an editor can suggest.
  const open = known && (unique.has('string') || unique.has(ANY_STRING))
  const isString = ({ text }: Alternative) => text === ANY_STRING || (open && text === 'string')
  const literal = all.filter(({ text }) => text.startsWith("'"))
  const others = all.filter((one) => !literal.includes(one) && !isString(one) && one.text !== 'null')
  return [
    ...literal,
    ...(open ? [plain(ANY_STRING)] : []),
    ...others,
    ...(unique.has('null') ? [plain('null')] : []),
  ]
}

function join(members: readonly Alternative[]): string {
  const [only, ...others] = members
  if (only === undefined) return 'never'
  if (others.length === 0) return only.text
  const texts = members.map(({ text, compound }) => (compound && text.includes(' & ') ? `(${text})` : text))
  const flat = texts.join(' | ')
  const commented = members.some(({ comment }) => comment !== '')
  const blocks = texts.filter((text) => text.includes('\n')).length
  const wide = blocks > 1 || (blocks === 0 && flat.length > MAX_WIDTH)
  if (!commented && !wide) return flat
  return texts.map((text, index) => indent(`\n${members[index]?.comment ?? ''}| ${text}`)).join('')
}

/** Puts a type behind `:` or `=`, without a trailing space when the type starts on the next line. */
export function annotation(sign: string, type: string): string {
  return type.startsWith('\n') ? `${sign}${type}` : `${sign} ${type}`
}

function operand(members: readonly Alternative[]): string {
  const text = join(members)
  return members.length > 1 || members[0]?.compound ? `(${text})` : text
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

function plain(text: string): Alternative {
  return { text, compound: false, comment: '' }
}

/** Renders a string literal with single quotes. */
export function quote(value: string): string {
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
