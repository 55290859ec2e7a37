import { type ApprovalRule, unrelated } from './rule.js'

/** Declines everything. Useful as the last rule of a dry run, and to be explicit. */
export function denyAll(): ApprovalRule {
  return {
    name: 'denyAll()',
    evaluate: () => ({ match: 'yes', reason: 'everything is declined', decision: 'decline' }),
    toJSON: () => ({ rule: 'denyAll' }),
  }
}

/**
 * **Dangerous**: accepts every command outside of the sandbox, every file change anywhere, all permissions
 * and every MCP tool. Whoever can put words into the model's context, a web page or a file of the repository
 * for example, can then run anything with the rights of this process. Use it only where the whole machine
 * can be thrown away.
 *
 * It does not answer questions and forms, and leaves alone what only a person may allow.
 */
export function allowAll(): ApprovalRule {
  return {
    name: 'allowAll()',
    evaluate(request) {
      if (request.kind === 'user-input' || request.kind === 'elicitation') return unrelated('an approval')
      if (request.kind === 'command' && request.action === 'humanCommand') {
        return { match: 'unsure', reason: 'only a person may allow it' }
      }
      return { match: 'yes', reason: 'everything is allowed' }
    },
    toJSON: () => ({ rule: 'allowAll' }),
  }
}
