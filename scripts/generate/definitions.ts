import { isDeepStrictEqual } from 'node:util'
import { GenerateError } from './errors.js'
import { type Definitions, parseSchema, record, type Schema, type SchemaNode } from './schema.js'

/** Names that generated code uses itself, so that no protocol type may take them. */
const RESERVED = new Set(['Record', 'Sent', 'Received', 'ClientRequests', 'ServerRequests'])

/**
 * Reads every named type of a schema bundle. The bundle keeps its newer types in a nested group, and both
 * levels share one space of names: a name that means two things is an error.
 */
export function readDefinitions(bundle: unknown): Definitions {
  const { v2, ...root } = record(record(bundle, 'bundle').definitions, 'definitions')
  const definitions = new Map<string, Schema>()
  for (const group of [root, record(v2, 'definitions.v2')]) {
    for (const [name, schema] of Object.entries(group)) {
      const parsed = parseSchema(schema, name)
      const other = definitions.get(name)
      if (other !== undefined && !isDeepStrictEqual(other, parsed)) {
        throw new GenerateError(`${name}: the bundle has two different types of this name`)
      }
      checkName(name)
      definitions.set(name, parsed)
    }
  }
  return definitions
}

/** Looks a type up. @throws GenerateError when there is none. */
export function definition(definitions: Definitions, name: string): Schema {
  const schema = definitions.get(name)
  if (schema === undefined) throw new GenerateError(`${name}: no such type in the schema`)
  return schema
}

/** Schemas directly inside a node: properties, members, items. */
export function children(node: SchemaNode): Schema[] {
  const { properties, unions, allOf = [], items, additionalProperties } = node
  const single = [items, additionalProperties].filter((schema) => schema !== undefined)
  return [...properties.values(), ...unions.flat(), ...allOf, ...single]
}

/** Names of all types that can be reached from the given ones, these included, sorted. */
export function reachable(definitions: Definitions, roots: Iterable<string>): string[] {
  const seen = new Set<string>()
  const visit = (schema: Schema): void => {
    if (typeof schema === 'boolean') return
    if (schema.ref !== undefined) visitName(schema.ref)
    children(schema).forEach(visit)
  }
  const visitName = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    visit(definition(definitions, name))
  }
  for (const name of roots) visitName(name)
  return sorted(seen)
}

/** Sorts by code unit, so that the order is the same whatever the locale. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function checkName(name: string): void {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new GenerateError(`${name}: not usable as a type name`)
  if (RESERVED.has(name)) throw new GenerateError(`${name}: a name that generated code uses itself`)
}
