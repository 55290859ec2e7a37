type Json = Readonly<Record<string, unknown>>

/** Keywords that say nothing about a value. */
const SILENT = new Set(['$schema', 'title', 'description', 'default', 'definitions', 'format'])

/**
 * Finds what is wrong with a value by a JSON schema, as `path: fault`. Members that the schema does not list are
 * faults too, unless it says what they are. Throws for a keyword that it does not know, so that no rule is passed over.
 *
 * @param extra - members that are no faults although no schema lists them
 */
export function schemaFaults(
  root: Json,
  schema: unknown,
  value: unknown,
  extra: ReadonlySet<string> = new Set(),
): string[] {
  return faults({ root, extra }, schema, value, '$')
}

interface Scope {
  readonly root: Json
  readonly extra: ReadonlySet<string>
}

function faults(scope: Scope, schema: unknown, value: unknown, path: string): string[] {
  if (schema === true) return []
  if (!isObject(schema)) return [`${path}: nothing is allowed here`]
  const found: string[] = []
  for (const [keyword, rule] of Object.entries(schema)) {
    if (!SILENT.has(keyword)) found.push(...check(scope, schema, keyword, rule, value, path))
  }
  if (isObject(value) && isClosed(schema)) {
    const listed = listedMembers(scope.root, schema)
    for (const name of Object.keys(value)) {
      if (!listed.has(name) && !scope.extra.has(name)) found.push(`${path}.${name}: is not in the schema`)
    }
  }
  return found
}

function check(
  scope: Scope,
  schema: Json,
  keyword: string,
  rule: unknown,
  value: unknown,
  path: string,
): string[] {
  switch (keyword) {
    case '$ref':
      return faults(scope, resolve(scope.root, String(rule)), value, path)
    case 'type':
      return [rule].flat().includes(typeOf(value)) ||
        ([rule].flat().includes('number') && typeof value === 'number')
        ? []
        : [`${path}: is ${typeOf(value)}, not ${rule}`]
    case 'enum':
      return (rule as unknown[]).includes(value)
        ? []
        : [`${path}: ${JSON.stringify(value)} is none of ${rule}`]
    case 'required':
      return isObject(value)
        ? (rule as string[])
            .filter((name) => !Object.hasOwn(value, name))
            .map((name) => `${path}.${name}: is missing`)
        : []
    case 'properties':
      return isObject(value)
        ? Object.entries(rule as Json).flatMap(([name, member]) =>
            Object.hasOwn(value, name) ? faults(scope, member, value[name], `${path}.${name}`) : [],
          )
        : []
    case 'additionalProperties':
      return isObject(value)
        ? Object.entries(value).flatMap(([name, member]) =>
            Object.hasOwn((schema.properties ?? {}) as Json, name)
              ? []
              : faults(scope, rule, member, `${path}.${name}`),
          )
        : []
    case 'items':
      return Array.isArray(value)
        ? value.flatMap((member, index) => faults(scope, rule, member, `${path}[${index}]`))
        : []
    case 'allOf':
      return (rule as unknown[]).flatMap((one) => faults(scope, one, value, path))
    case 'anyOf':
    case 'oneOf':
      return nearest((rule as unknown[]).map((one) => faults(scope, one, value, path)))
    case 'minimum':
      return typeof value !== 'number' || value >= Number(rule) ? [] : [`${path}: is below ${rule}`]
    case 'minLength':
      return typeof value !== 'string' || value.length >= Number(rule) ? [] : [`${path}: is too short`]
    default:
      throw new Error(`${path}: the checker does not know the keyword ${keyword}`)
  }
}

/** None, or the faults by the alternative that fits best. */
function nearest(alternatives: readonly string[][]): string[] {
  return alternatives.reduce((best, one) => (one.length < best.length ? one : best))
}

/** Whether a schema lists the members of an object and does not say what others may be. */
function isClosed(schema: Json): boolean {
  return schema.properties !== undefined && schema.additionalProperties === undefined
}

/** The members that a schema lists, those of its alternatives included: each alternative judges its own. */
function listedMembers(root: Json, schema: unknown): Set<string> {
  if (!isObject(schema)) return new Set()
  const own = Object.keys((schema.properties ?? {}) as Json)
  const parts = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((part) =>
    Array.isArray(part) ? part : [],
  )
  const ref = typeof schema.$ref === 'string' ? [resolve(root, schema.$ref)] : []
  return new Set([...own, ...[...parts, ...ref].flatMap((part) => [...listedMembers(root, part)])])
}

function resolve(root: Json, ref: string): unknown {
  let found: unknown = root
  for (const part of ref.replace(/^#\//, '').split('/')) found = isObject(found) ? found[part] : undefined
  if (found === undefined) throw new Error(`the schema has no ${ref}`)
  return found
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
