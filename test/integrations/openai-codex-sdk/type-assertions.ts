// Checked by the compiler: a program that was written for the types of the official package compiles with ours.
import type * as Official from '@openai/codex-sdk'
import type * as Ours from 'codex-conduit/openai-codex-sdk'

/** `true` where each of two types can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** `true` where a program may give an `A` to what takes a `B`. */
type Accepted<A, B> = [A] extends [B] ? true : false

/** Compiles only where everything is `true`. */
type All<Checks extends readonly true[]> = Checks

/** What programs read: both ways, so that nothing is missing and nothing is new. */
export type Read = All<
  [
    Same<Official.ThreadEvent, Ours.ThreadEvent>,
    Same<Official.ThreadStartedEvent, Ours.ThreadStartedEvent>,
    Same<Official.TurnStartedEvent, Ours.TurnStartedEvent>,
    Same<Official.TurnCompletedEvent, Ours.TurnCompletedEvent>,
    Same<Official.TurnFailedEvent, Ours.TurnFailedEvent>,
    Same<Official.ItemStartedEvent, Ours.ItemStartedEvent>,
    Same<Official.ItemUpdatedEvent, Ours.ItemUpdatedEvent>,
    Same<Official.ItemCompletedEvent, Ours.ItemCompletedEvent>,
    Same<Official.ThreadErrorEvent, Ours.ThreadErrorEvent>,
    Same<Official.ThreadError, Ours.ThreadError>,
    Same<Official.Usage, Ours.Usage>,
    Same<Official.ThreadItem, Ours.ThreadItem>,
    Same<Official.AgentMessageItem, Ours.AgentMessageItem>,
    Same<Official.ReasoningItem, Ours.ReasoningItem>,
    Same<Official.CommandExecutionItem, Ours.CommandExecutionItem>,
    Same<Official.FileChangeItem, Ours.FileChangeItem>,
    Same<Official.McpToolCallItem, Ours.McpToolCallItem>,
    Same<Official.WebSearchItem, Ours.WebSearchItem>,
    Same<Official.TodoListItem, Ours.TodoListItem>,
    Same<Official.ErrorItem, Ours.ErrorItem>,
    Same<Official.RunResult, Ours.RunResult>,
    Same<Official.RunStreamedResult, Ours.RunStreamedResult>,
    Same<Official.ThreadItem['type'], Ours.ThreadItem['type']>,
    Same<Official.ThreadEvent['type'], Ours.ThreadEvent['type']>,
  ]
>

/** What programs write. Ours may take more. */
export type Written = All<
  [
    Accepted<Official.CodexOptions, Ours.CodexOptions>,
    Accepted<Official.ThreadOptions, Ours.ThreadOptions>,
    Accepted<Official.TurnOptions, Ours.TurnOptions>,
    Same<Official.Input, Ours.Input>,
    Same<Official.UserInput, Ours.UserInput>,
    Same<Official.ApprovalMode, Ours.ApprovalMode>,
    Same<Official.SandboxMode, Ours.SandboxMode>,
    Same<Official.ModelReasoningEffort, Ours.ModelReasoningEffort>,
    Same<Official.WebSearchMode, Ours.WebSearchMode>,
    Same<Official.CyberAccessProgram, Ours.CyberAccessProgram>,
  ]
>

/** What programs call. */
export type Called = All<
  [
    Same<
      keyof Official.CodexOptions,
      Exclude<keyof Ours.CodexOptions, 'onApproval' | 'approvals' | 'idleTimeoutMs'>
    >,
    Same<keyof Official.ThreadOptions, keyof Ours.ThreadOptions>,
    Same<keyof Official.TurnOptions, keyof Ours.TurnOptions>,
    Same<keyof Official.Thread, keyof Ours.Thread>,
    Accepted<ConstructorParameters<typeof Official.Codex>, ConstructorParameters<typeof Ours.Codex>>,
    Accepted<Parameters<Official.Codex['startThread']>, Parameters<Ours.Codex['startThread']>>,
    Accepted<Parameters<Official.Codex['resumeThread']>, Parameters<Ours.Codex['resumeThread']>>,
    Accepted<Ours.Thread['run'], Official.Thread['run']>,
    Accepted<Ours.Thread['runStreamed'], Official.Thread['runStreamed']>,
    Same<Official.Thread['id'], Ours.Thread['id']>,
  ]
>

// @ts-expect-error: such a check can fail.
export type Fails = All<[Same<Official.Usage, Ours.ThreadError>]>
