import fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { type ConfigObject, configOverrides } from '../../src/process/index.js'

/** What Codex makes of the overrides: each key a path cut at its dots, each value a TOML literal. */
function read(overrides: readonly string[]): object {
  const root: Record<string, unknown> = {}
  for (const override of overrides) {
    const at = override.indexOf('=')
    const path = override.slice(0, at).split('.')
    const last = path.pop() as string
    let table = root
    for (const part of path) {
      table[part] ??= {}
      table = table[part] as Record<string, unknown>
    }
    const { value } = parse(`value = ${override.slice(at + 1)}`)
    table[last] = value
  }
  return root
}

describe('configuration overrides', () => {
  it.each<[string, ConfigObject, string[]]>([
    ['a string', { model: 'gpt-5.5' }, ['model="gpt-5.5"']],
    ['quotes, backslashes and control characters', { a: 'q"\\\n\u007f' }, ['a="q\\"\\\\\\n\\u007F"']],
    ['a half of a surrogate pair', { a: 'x\ud800' }, ['a="x\ufffd"']],
    ['numbers', { a: 1, b: -2.5, c: 1e300 }, ['a=1', 'b=-2.5', 'c=1e+300']],
    ['booleans', { a: true, b: false }, ['a=true', 'b=false']],
    ['lists of anything', { a: ['x', { b: [1] }], e: [] }, ['a=["x", { b = [1] }]', 'e=[]']],
    ['nested tables', { a: { b: { c: 1 }, d: 'x' } }, ['a.b.c=1', 'a.d="x"']],
    ['an empty table', { a: {} }, ['a={}']],
    ['a path', { 'a.b': 1 }, ['a.b=1']],
    ['a table with keys that hold dots', { p: { '/r/x.y': { t: 'z' } } }, ['p={ "/r/x.y" = { t = "z" } }']],
    ['what is absent', { a: undefined, b: { c: undefined, d: 1 } }, ['b.d=1']],
  ])('say %s', (_what, config, expected) => {
    expect(configOverrides('config', config)).toEqual(expected)
  })

  it.each<[string, unknown, string]>([
    ['null', { a: { b: null } }, 'config.a.b'],
    ['no number', { a: [Number.NaN] }, 'config.a[0]'],
    ['a function', { a: () => 1 }, 'config.a'],
    ['a date', { a: new Date(0) }, 'config.a'],
    ['a bigint', { a: 1n }, 'config.a'],
    ['a list', ['a=1'], 'config'],
    ['an empty key', { '': 1 }, 'config[""]'],
    ['a key with an equals sign', { 'a=b': 1 }, 'config["a=b"]'],
  ])('refuse %s, naming the setting', (_what, config, name) => {
    expect(() => configOverrides('config', config as ConfigObject)).toThrow(name)
  })

  it('refuse a cycle', () => {
    const config: Record<string, never> = {}
    Object.assign(config, { a: config })
    expect(() => configOverrides('config', config)).toThrow('without a cycle')
  })

  it('are read by TOML as what was given', () => {
    const key = fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/).filter((one) => one !== '__proto__')
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Number.isInteger(one)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(key, fc.constant('a.b c')), tie('value'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (config) => {
        expect(read(configOverrides('config', config as ConfigObject))).toEqual({ ...config })
      }),
    )
  })
})
