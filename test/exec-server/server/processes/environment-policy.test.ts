import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyEnvironmentPolicy } from '../../../../src/exec-server/server/processes/environment-policy.js'

type Policy = Parameters<typeof applyEnvironmentPolicy>[0]

const policy = (more: Partial<Policy> = {}): Policy => ({
  inherit: 'all',
  ignoreDefaultExcludes: true,
  exclude: [],
  set: {},
  includeOnly: [],
  ...more,
})

describe('the policy of an environment', () => {
  it('inherits all, the core, or nothing', () => {
    const base = { PATH: 'p', USER: 'u', OTHER: 'o', GONE: undefined }
    expect(applyEnvironmentPolicy(policy(), base)).toEqual({ PATH: 'p', USER: 'u', OTHER: 'o' })
    expect(applyEnvironmentPolicy(policy({ inherit: 'core' }), base, 'linux')).toEqual({
      PATH: 'p',
      USER: 'u',
    })
    expect(applyEnvironmentPolicy(policy({ inherit: 'none' }), base)).toEqual({})
    const windows = { Path: 'p', SystemRoot: 's', OTHER: 'o' }
    expect(applyEnvironmentPolicy(policy({ inherit: 'core' }), windows, 'win32')).toEqual({
      Path: 'p',
      SystemRoot: 's',
    })
  })

  it('drops what looks like a secret unless told otherwise, but not what is set', () => {
    const base = { MY_KEY: '1', a_secret_b: '2', tokens: '3', OTHER: '4' }
    const strict = policy({ ignoreDefaultExcludes: false, set: { MY_TOKEN: '5' } })
    expect(applyEnvironmentPolicy(strict, base)).toEqual({ OTHER: '4', MY_TOKEN: '5' })
    expect(applyEnvironmentPolicy(policy(), base)).toEqual(base)
  })

  it('matches patterns as a glob without classes does, in time that patterns cannot blow up', () => {
    const letters = (...of: string[]) => fc.string({ unit: fc.constantFrom(...of), maxLength: 8 })
    fc.assert(
      fc.property(letters('a', 'B', '*', '?', '['), letters('A', 'b', '['), (pattern, name) => {
        fc.pre(name !== '')
        const source = [...pattern].map((one) =>
          one === '*' ? '.*' : one === '?' ? '.' : `\\${one}`.replace(/\\([a-z])/i, '$1'),
        )
        const isMatch = new RegExp(`^${source.join('')}$`, 'i').test(name)
        expect(name in applyEnvironmentPolicy(policy({ exclude: [pattern] }), { [name]: '1' })).toBe(!isMatch)
      }),
    )
    const evil = policy({ exclude: [`${'*a'.repeat(2_000)}b`] })
    expect(applyEnvironmentPolicy(evil, { ['a'.repeat(5_000)]: '1' })).not.toEqual({})
  })
})
