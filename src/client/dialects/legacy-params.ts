import { type Fields, fieldsOf } from './fields.js'

/** Values of requests as servers up to 0.63 spell them. */
const SPELLINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  approvalPolicy: {
    untrusted: 'unlessTrusted',
    'on-failure': 'onFailure',
    'on-request': 'onRequest',
  },
  sandbox: {
    'read-only': 'readOnly',
    'workspace-write': 'workspaceWrite',
    'danger-full-access': 'dangerFullAccess',
  },
}

/**
 * Spells the params of a refused request the way an older server wants them. `undefined` when the refusal is not
 * about a spelling, or nothing would change: the request was then refused for good.
 *
 * @param refusal - the message of the refusal, for example ``unknown variant `untrusted`, expected one of
 * `unlessTrusted`, `onFailure` `` and so on
 */
export function respellParams(params: unknown, refusal: string): Fields | undefined {
  const given = fieldsOf(params)
  const changes: Record<string, string> = {}
  let isAnswer = false
  for (const [name, spellings] of Object.entries(SPELLINGS)) {
    const value = given[name]
    const older = typeof value === 'string' && Object.hasOwn(spellings, value) ? spellings[value] : undefined
    if (older === undefined) continue
    changes[name] = older
    isAnswer ||= refusal.includes(`unknown variant \`${value}\``) && refusal.includes(`\`${older}\``)
  }
  // A server that wants one of them spelled so wants all of them.
  return isAnswer ? { ...given, ...changes } : undefined
}
