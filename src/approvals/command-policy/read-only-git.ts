import type { ArgumentRules } from './argument-rules.js'
import { type CommandRule, oneOf, type WordPattern } from './rule.js'
import { words } from './words.js'

// Nothing may stand between `git` and the subcommand but --no-pager: -c and --config-env set options that
// name programs; --exec-path, -C, --git-dir and --work-tree lead to other programs and repositories.
const PLACES: readonly (readonly WordPattern[])[] = [['git'], ['git', '--no-pager']]

// Without --output, which writes; --ext-diff and --textconv, which run programs; -O and --orderfile, which
// read any file; --submodule, which runs git in another repository.
const DIFF_FLAGS = `-R -a -b -p -s -u -w -z --cached --cc --check --exit-code --full-index
  --function-context --histogram --ignore-all-space --ignore-blank-lines --ignore-space-change --merge-base
  --minimal --name-only --name-status --no-color --no-ext-diff --no-patch --no-prefix --no-renames
  --no-textconv --numstat --patch --patch-with-stat --patience --pickaxe-all --pickaxe-regex --quiet --raw
  --shortstat --staged --summary --text`
const DIFF_VALUES = '-G -S -U -l --diff-algorithm --diff-filter --inter-hunk-context --unified'
const DIFF_OPTIONAL_VALUES = `-B -C -M --abbrev --break-rewrites --color --color-moved --color-words
  --compact-summary --dirstat --find-copies --find-renames --relative --stat --word-diff`

// Without --show-signature, which runs a program, and --stdin.
const LOG: ArgumentRules = {
  flags: words(`${DIFF_FLAGS} -E -F -P -c -g -i -m --abbrev-commit --all --all-match --author-date-order
    --boundary --cherry --cherry-mark --cherry-pick --children --date-order --extended-regexp --first-parent
    --fixed-strings --follow --full-history --graph --invert-grep --left-right --left-only --merge --merges
    --no-abbrev-commit --no-decorate --no-merges --no-notes --oneline --parents --perl-regexp --reflog
    --regexp-ignore-case --relative-date --reverse --right-only --simplify-merges --sparse --topo-order
    --walk-reflogs`),
  valueFlags: words(`${DIFF_VALUES} -L -n --after --author --before --committer --date --format --grep
    --max-count --max-parents --min-parents --since --skip --until`),
  optionalValueFlags: words(`${DIFF_OPTIONAL_VALUES} --branches --decorate --pretty --remotes --tags`),
  numberFlag: true,
  // Placeholders of a format that run the signature checker, also behind the marks that may stand before them.
  forbiddenText: ['%G', '%+G', '%-G', '% G'],
}

const SUBCOMMANDS: readonly CommandRule[] = [
  {
    prefix: ['status'],
    args: {
      flags: words(
        '-b -s -v -z --ahead-behind --branch --long --no-ahead-behind --no-renames --short --show-stash',
      ),
      optionalValueFlags: words('-u -M --column --find-renames --ignored --porcelain --untracked-files'),
    },
  },
  {
    prefix: ['diff'],
    args: {
      flags: words(DIFF_FLAGS),
      valueFlags: words(DIFF_VALUES),
      optionalValueFlags: words(DIFF_OPTIONAL_VALUES),
    },
  },
  { prefix: [oneOf('log', 'show')], args: LOG },
  // A name after `git branch` makes a branch; names are only allowed behind --list, as patterns.
  // Sorting by other fields may run the signature checker.
  {
    prefix: ['branch'],
    args: {
      flags: words(`-a -r -v --all --list --no-color --remotes --show-current --verbose
        --sort=authordate --sort=-authordate --sort=committerdate --sort=-committerdate --sort=creatordate
        --sort=-creatordate --sort=refname --sort=-refname`),
      valueFlags: words('--contains --no-contains --points-at'),
      optionalValueFlags: words('--color --merged --no-merged'),
      maxOperands: 0,
    },
  },
  { prefix: ['branch', '--list'], args: { flags: words('-a -r -v --all --no-color --remotes --verbose') } },
  {
    prefix: ['rev-parse'],
    args: {
      flags: words(`-q --absolute-git-dir --abbrev-ref --git-common-dir --git-dir --is-bare-repository
        --is-inside-git-dir --is-inside-work-tree --quiet --short --show-cdup --show-prefix --show-toplevel
        --symbolic --symbolic-full-name --verify`),
      optionalValueFlags: words('--abbrev-ref --short'),
    },
  },
  // Without --contents, which reads any file.
  {
    prefix: ['blame'],
    args: {
      flags: words(`-b -c -e -f -l -n -p -s -t -w --first-parent --incremental --line-porcelain --porcelain
        --root --show-email --show-name --show-number --show-stats`),
      valueFlags: words('-L --date --since'),
      optionalValueFlags: words('-C -M --abbrev'),
    },
  },
  {
    prefix: ['ls-files'],
    args: {
      flags: words(`-c -d -i -k -m -o -s -t -u -v -z --cached --deleted --directory --eol --error-unmatch
        --exclude-standard --full-name --ignored --killed --modified --no-empty-directory --others --stage
        --unmerged`),
      valueFlags: words('-x --exclude'),
      optionalValueFlags: words('--abbrev'),
    },
  },
]

/**
 * Git subcommands that only look. Git itself may still run what the configuration of the repository and of
 * the user names (a file system monitor, a pager, text converters, external diffs): these rules trust it,
 * and so do not allow any flag that chooses another configuration or repository.
 */
export const readOnlyGitCommands: readonly CommandRule[] = PLACES.flatMap((place) =>
  SUBCOMMANDS.map((rule) => ({ ...rule, prefix: [...place, ...rule.prefix] })),
)
