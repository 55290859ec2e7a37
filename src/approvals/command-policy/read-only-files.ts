import { type CommandRule, oneOf } from './rule.js'
import { words } from './words.js'

/** Programs that print what files hold, or facts about them, and change nothing. */
export const readOnlyFileCommands: readonly CommandRule[] = [
  // Arguments are printed, whatever they are.
  { prefix: [oneOf('echo', 'true', 'false')] },
  { prefix: ['pwd'], args: { flags: words('-L -P'), maxOperands: 0 } },
  {
    prefix: ['ls'],
    args: {
      flags: words(`-1 -A -C -F -G -H -L -R -S -U -X -a -c -d -f -g -h -i -k -l -m -n -o -p -r -s -t -u -v -x
        --all --almost-all --directory --human-readable --inode --recursive --reverse --size
        --group-directories-first --full-time`),
      valueFlags: words('-I --ignore --sort --time --time-style --format'),
      optionalValueFlags: words('--color --classify'),
    },
  },
  {
    prefix: ['cat'],
    args: {
      flags: words(`-A -E -T -b -e -n -s -t -u -v
        --number --number-nonblank --show-all --show-ends --show-tabs --squeeze-blank`),
    },
  },
  {
    prefix: ['head'],
    args: { flags: words('-q -v'), valueFlags: words('-n -c --lines --bytes'), numberFlag: true },
  },
  // Without -f, -F, --follow and --retry, which never end. GNU reads `-cf` in its old way, as -c and -f.
  {
    prefix: ['tail'],
    args: {
      flags: words('-q -v'),
      valueFlags: words('-n -c --lines --bytes'),
      numberFlag: true,
      forbiddenText: ['-cf'],
    },
  },
  // Without --files0-from, here and below: the list of files would come from a file that no rule has seen.
  {
    prefix: ['wc'],
    args: { flags: words('-L -c -l -m -w --bytes --chars --lines --max-line-length --words') },
  },
  {
    prefix: ['nl'],
    args: { flags: words('-p'), valueFlags: words('-b -d -f -h -i -l -n -s -v -w') },
  },
  // Only printing by line number: other sed scripts write (`w`), execute (`e`) and edit in place (-i).
  { prefix: ['sed', '-n'], args: { firstOperand: 'sed-print', minOperands: 1 } },
  // Without -o and --output, which write; --compress-program, which runs a program; -T and
  // --temporary-directory, which choose where scratch files go.
  {
    prefix: ['sort'],
    args: {
      flags: words(`-C -M -R -V -b -c -d -f -g -h -i -m -n -r -s -u -z
        --human-numeric-sort --ignore-case --numeric-sort --reverse --stable --unique --version-sort`),
      valueFlags: words('-k -t --field-separator --key'),
    },
  },
  // Its second operand is a file that it writes; outside of GNU, so is a flag behind the first.
  {
    prefix: ['uniq'],
    args: {
      flags: words('-c -d -i -u --count --ignore-case --repeated --unique'),
      valueFlags: words('-f -s'),
      flagsFirst: true,
      maxOperands: 1,
    },
  },
  {
    prefix: ['cut'],
    args: {
      flags: words('-n -s --complement --only-delimited'),
      valueFlags: words('-b -c -d -f --bytes --characters --delimiter --fields --output-delimiter'),
    },
  },
  { prefix: ['tr'], args: { flags: words('-C -c -d -s --complement --delete --squeeze-repeats') } },
  // Without -l and --paginate, which run `pr`.
  {
    prefix: ['diff'],
    args: {
      flags: words(`-B -E -N -Z -a -b -c -d -i -p -q -r -s -t -u -w -y
        --brief --ignore-all-space --ignore-blank-lines --ignore-case --ignore-space-change --minimal
        --new-file --recursive --report-identical-files --side-by-side --text --unified`),
      valueFlags: words('-C -I -U -W -x --exclude --ignore-matching-lines --label --width'),
      optionalValueFlags: words('--color --unified'),
      maxOperands: 2,
    },
  },
  { prefix: ['cmp'], args: { flags: words('-b -l -s --print-bytes --quiet --silent --verbose') } },
  { prefix: ['comm'], args: { flags: words('-1 -2 -3 -i') } },
  { prefix: ['basename'], args: { flags: words('-a -z --multiple'), valueFlags: words('-s --suffix') } },
  { prefix: ['dirname'], args: { flags: words('-z --zero') } },
  {
    prefix: ['realpath'],
    args: {
      flags: words('-L -P -e -m -q -s -z --canonicalize-existing --canonicalize-missing --no-symlinks'),
      valueFlags: words('--relative-base --relative-to'),
    },
  },
  { prefix: ['readlink'], args: { flags: words('-e -f -m -n -q -z --canonicalize') } },
  { prefix: ['which'], args: { flags: words('-a') } },
  {
    prefix: ['stat'],
    args: {
      flags: words('-L -f -t -x --dereference --file-system --terse'),
      valueFlags: words('-c --format --printf'),
    },
  },
  // Without -C, which writes a compiled database; -m, which loads one; -z and -Z, which run
  // decompressors; -s, which reads devices; -f, which takes the names of files from a file.
  {
    prefix: ['file'],
    args: { flags: words('-I -L -b -h -i -k --brief --dereference --mime --mime-encoding --mime-type') },
  },
  {
    prefix: ['du'],
    args: {
      flags: words(`-0 -H -L -P -a -b -c -h -k -l -m -s -x
        --all --apparent-size --bytes --human-readable --one-file-system --summarize --total`),
      valueFlags: words('-B -d -t --block-size --exclude --max-depth --threshold'),
    },
  },
  // Without --sync, which makes the kernel write.
  {
    prefix: ['df'],
    args: {
      flags: words('-H -P -T -a -h -i -k -l -m --all --human-readable --inodes --local --print-type --total'),
      valueFlags: words('-B --block-size'),
    },
  },
  // Without -o, which writes, and -R, which writes a file into every folder. Whole words only: the rest of
  // a word is never a value, so that `-Lo 2 FILE` is -L with the value 2, and -o with the value FILE.
  {
    prefix: ['tree'],
    args: {
      wholeWords: true,
      flags: words(`-A -C -D -F -J -N -Q -S -X -a -d -f -g -h -i -l -n -p -r -s -t -u -v -x
        --dirsfirst --du --gitignore --noreport --prune`),
      valueFlags: words('-I -L -P --charset --filelimit --sort'),
    },
  },
]
