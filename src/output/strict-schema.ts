/** Why strict mode refuses a schema. */
export interface StrictModeProblem {
  /** Where, as a path below the schema: `.items[].name`; empty for the schema itself. */
  readonly path: string
  /** The value that is not accepted. */
  readonly value: unknown
  /** What strict mode wants instead. */
  readonly expected: string
}

type Json = Record<string, unknown>

// From the provider's documentation of strict structured outputs.
const REFUSED_KEYWORDS = [
  'allOf',
  'not',
  'dependentRequired',
  'dependentSchemas',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  'oneOf',
]
const MAX_DEPTH = 10
const MAX_PROPERTIES = 5_000

/**
 * Finds the first thing in a JSON schema that the provider's strict mode refuses with an HTTP 400: a root
 * that is no object, a property that is not required, an object that allows others, a keyword it lacks.
 */
export function findStrictModeProblem(schema: unknown): StrictModeProblem | undefined {
  if (!isObject(schema)) return { path: '', value: schema, expected: 'a JSON schema object' }
  if (schema.type !== 'object' || schema.anyOf !== undefined) {
    return { path: '', value: schema, expected: 'an object at the root: wrap it as { value: … }' }
  }
  const walk = new StrictWalk()
  return walk.visit(schema, '', 0)
}

class StrictWalk {
  readonly #visited = new Set<object>()
  #properties = 0

  visit(schema: unknown, path: string, depth: number): StrictModeProblem | undefined {
    if (!isObject(schema)) return { path, value: schema, expected: 'a schema with a type' }
    if (this.#visited.has(schema)) return undefined
    this.#visited.add(schema)
    if (depth > MAX_DEPTH) return { path, value: schema, expected: `at most ${MAX_DEPTH} levels of nesting` }
    const refused = REFUSED_KEYWORDS.find((keyword) => schema[keyword] !== undefined)
    if (refused) return { path, value: schema, expected: `a schema without \`${refused}\`` }
    if (!hasKind(schema)) return { path, value: schema, expected: 'a schema with a type' }
    return this.#object(schema, path, depth) ?? this.#children(schema, path, depth)
  }

  #object(schema: Json, path: string, depth: number): StrictModeProblem | undefined {
    const isObjectType = Array.isArray(schema.type)
      ? schema.type.includes('object')
      : schema.type === 'object'
    if (!isObjectType) return undefined
    if (schema.additionalProperties !== false) {
      return {
        path,
        value: schema.additionalProperties,
        expected: 'an object with known keys only (`additionalProperties: false`)',
      }
    }
    const properties = isObject(schema.properties) ? schema.properties : {}
    const required = Array.isArray(schema.required) ? schema.required : []
    for (const [name, property] of Object.entries(properties)) {
      const below = `${path}.${name}`
      this.#properties += 1
      if (this.#properties > MAX_PROPERTIES) {
        return { path, value: schema, expected: `at most ${MAX_PROPERTIES} properties in all` }
      }
      if (!required.includes(name)) {
        return { path: below, value: property, expected: 'a required property: use nullable, not optional' }
      }
      const problem = this.visit(property, below, depth + 1)
      if (problem) return problem
    }
    return undefined
  }

  #children(schema: Json, path: string, depth: number): StrictModeProblem | undefined {
    if (schema.items !== undefined) {
      if (!isObject(schema.items)) {
        return { path: `${path}[]`, value: schema.items, expected: 'one schema for all items, not a tuple' }
      }
      const problem = this.visit(schema.items, `${path}[]`, depth + 1)
      if (problem) return problem
    }
    const variants = Array.isArray(schema.anyOf) ? schema.anyOf : []
    for (const [index, variant] of variants.entries()) {
      const problem = this.visit(variant, `${path}(${index + 1})`, depth)
      if (problem) return problem
    }
    const definitions = { ...asObject(schema.$defs), ...asObject(schema.definitions) }
    for (const [name, definition] of Object.entries(definitions)) {
      const problem = this.visit(definition, `${path}#${name}`, depth + 1)
      if (problem) return problem
    }
    return undefined
  }
}

/** Strict mode wants to know what a value is: `{}`, which `unknown` becomes, says nothing. */
function hasKind(schema: Json): boolean {
  return ['type', 'anyOf', '$ref', 'enum', 'const'].some((keyword) => schema[keyword] !== undefined)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {}
}
