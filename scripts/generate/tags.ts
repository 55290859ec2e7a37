import { children } from './definitions.js'
import type { Definitions, Schema, SchemaNode } from './schema.js'

/**
 * Names of the string types that tell the members of a tagged union apart. They must stay exact among
 * received types: an open tag could not narrow the union.
 */
export function tagTypes(definitions: Definitions): ReadonlySet<string> {
  const tags = new Set<string>()
  const visit = (schema: Schema): void => {
    if (typeof schema === 'boolean') return
    for (const members of schema.unions) collect(members, definitions, tags)
    children(schema).forEach(visit)
  }
  for (const schema of definitions.values()) visit(schema)
  return tags
}

/** The only value that a string schema admits, references followed; undefined when it admits others. */
export function singleValue(schema: Schema, definitions: Definitions): string | undefined {
  const [value, ...others] = stringValues(schema, definitions) ?? []
  return others.length === 0 ? value : undefined
}

/** All values that a schema admits, references followed; undefined unless they are listed strings. */
function stringValues(schema: Schema, definitions: Definitions): readonly string[] | undefined {
  if (typeof schema === 'boolean') return undefined
  if (schema.ref !== undefined) {
    const target = definitions.get(schema.ref)
    return target === undefined ? undefined : stringValues(target, definitions)
  }
  if (schema.enum !== undefined) {
    return schema.enum.every((value) => typeof value === 'string') ? schema.enum : undefined
  }
  const groups = schema.allOf === undefined ? schema.unions : [schema.allOf, ...schema.unions]
  const [members, ...rest] = groups
  if (members === undefined || rest.length > 0) return undefined
  if (schema.allOf !== undefined && members.length > 1) return undefined
  const values = members.map((member) => stringValues(member, definitions))
  return values.every((list) => list !== undefined) ? values.flat() : undefined
}

function collect(members: readonly Schema[], definitions: Definitions, tags: Set<string>): void {
  const objects = members.flatMap((member) => objectMembers(member, definitions, new Set()))
  const [first, ...others] = objects
  if (first === undefined || others.length === 0) return
  const candidates = [...first.properties.keys()].map((name) => {
    const values = objects.map((object) => object.properties.get(name))
    return { values, counts: values.map((value) => stringValues(value ?? true, definitions)?.length ?? 0) }
  })
  const perfect = candidates.filter(({ counts }) => counts.every((count) => count === 1))
  // Without one that names each member, a tag is listed everywhere and names at least one of them.
  const usable = candidates.filter(({ counts }) => !counts.includes(0) && counts.includes(1))
  for (const { values } of perfect.length > 0 ? perfect : usable) {
    for (const value of values) addReference(value, tags)
  }
}

function addReference(schema: Schema | undefined, tags: Set<string>): void {
  if (schema === undefined || typeof schema === 'boolean') return
  if (schema.ref !== undefined) tags.add(schema.ref)
  schema.allOf?.forEach((member) => {
    addReference(member, tags)
  })
}

function objectMembers(schema: Schema, definitions: Definitions, seen: Set<string>): SchemaNode[] {
  if (typeof schema === 'boolean') return []
  if (schema.ref !== undefined) {
    const target = seen.has(schema.ref) ? undefined : definitions.get(schema.ref)
    seen.add(schema.ref)
    return target === undefined ? [] : objectMembers(target, definitions, seen)
  }
  if (schema.properties.size > 0) return [schema]
  return schema.unions.flat().flatMap((member) => objectMembers(member, definitions, seen))
}
