import type { Definitions, Schema, SchemaNode } from './schema.js'
import { singleValue } from './tags.js'

/**
 * Marks what is in the experimental schema and not in the stable one: fields, and members of unions.
 * Types that the stable schema lacks are left as they are: they are reached through marked methods only.
 */
export function markExperimental(experimental: Definitions, stable: Definitions): Definitions {
  const marked = new Map<string, Schema>()
  for (const [name, schema] of experimental) {
    const other = stable.get(name)
    marked.set(name, other === undefined ? schema : compare(schema, other, stable))
  }
  return marked
}

/** Names of the fields that a type has only with `capabilities.experimentalApi`, sorted. */
export function experimentalFieldsOf(schema: Schema): string[] {
  if (typeof schema === 'boolean') return []
  const fields = [...schema.properties].filter(([, child]) => typeof child === 'object' && child.experimental)
  return fields.map(([name]) => name).sort()
}

function compare(schema: Schema, stable: Schema, definitions: Definitions): Schema {
  if (typeof schema === 'boolean' || typeof stable === 'boolean') return schema
  const properties = [...schema.properties].map(([name, child]): [string, Schema] => {
    const other = stable.properties.get(name)
    return [name, other === undefined ? mark(child) : compare(child, other, definitions)]
  })
  const unions = schema.unions.map((members, index) =>
    compareMembers(members, stable.unions[index] ?? members, definitions),
  )
  return { ...schema, properties: new Map(properties), unions }
}

function compareMembers(
  members: readonly Schema[],
  stable: readonly Schema[],
  definitions: Definitions,
): Schema[] {
  const known = new Map(stable.map((member) => [label(member, definitions), member]))
  return members.map((member) => {
    const other = known.get(label(member, definitions))
    return other === undefined ? mark(member) : compare(member, other, definitions)
  })
}

function mark(schema: Schema): Schema {
  const node: SchemaNode =
    typeof schema === 'object'
      ? schema
      : { unions: schema ? [] : [[false]], properties: new Map(), required: new Set() }
  return { ...node, experimental: true }
}

/** Tells the members of a union apart by what stays when fields are added: tags, or else required fields. */
function label(schema: Schema, definitions: Definitions): string {
  if (typeof schema === 'boolean') return String(schema)
  const tags = [...schema.properties]
    .map(([name, child]) => [name, singleValue(child, definitions)])
    .filter(([, value]) => value !== undefined)
  const { ref, types, enum: values } = schema
  return JSON.stringify([ref, types, values, tags.length > 0 ? tags : [...schema.required]])
}
