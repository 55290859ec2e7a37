import { type CommandRule, oneOf } from './rule.js'
import { words } from './words.js'

/** Programs that search files and change nothing. */
export const readOnlySearchCommands: readonly CommandRule[] = [
  // Without -z and -Z, which decompress on some systems; -p, -S and -O, which follow links there.
  {
    prefix: [oneOf('grep', 'egrep', 'fgrep')],
    args: {
      flags: words(`-E -F -G -H -I -L -P -R -a -b -c -h -i -l -n -o -q -r -s -v -w -x -y
        --basic-regexp --count --dereference-recursive --extended-regexp --files-with-matches
        --files-without-match --fixed-strings --ignore-case --invert-match --line-buffered --line-number
        --line-regexp --no-filename --no-messages --null --only-matching --perl-regexp --quiet --recursive
        --silent --text --with-filename --word-regexp`),
      valueFlags: words(`-A -B -C -e -f -m --after-context --before-context --context --exclude
        --exclude-dir --file --include --label --max-count --regexp`),
      optionalValueFlags: words('--color --colour'),
      numberFlag: true,
    },
  },
  // Without --pre, which runs a program for each file; --hostname-bin, which runs one; -z and
  // --search-zip, which run decompressors.
  {
    prefix: ['rg'],
    args: {
      flags: words(`-. -0 -F -H -I -L -N -P -S -U -a -b -c -i -l -n -o -p -q -s -u -v -w -x
        --byte-offset --case-sensitive --column --count --count-matches --crlf --files --files-with-matches
        --files-without-match --fixed-strings --follow --heading --hidden --ignore-case --invert-match
        --json --line-buffered --line-number --line-regexp --multiline --multiline-dotall --no-config
        --no-filename --no-heading --no-ignore --no-ignore-vcs --no-line-number --no-messages --null
        --only-matching --passthru --pcre2 --pretty --quiet --smart-case --stats --text --trim --type-list
        --unrestricted --vimgrep --with-filename --word-regexp`),
      valueFlags: words(`-A -B -C -M -T -d -e -f -g -j -m -r -t --after-context --before-context --color
        --colors --context --context-separator --encoding --engine --file --glob --iglob --max-columns
        --max-count --max-depth --max-filesize --regexp --replace --sort --sortr --threads --type --type-not`),
    },
  },
  // Without -exec, -execdir, -ok and -okdir, which run programs; -delete; -fprint, -fprint0, -fprintf and
  // -fls, which write; -files0-from, which takes its folders from a file.
  {
    prefix: ['find'],
    args: {
      wholeWords: true,
      flags:
        words(`-H -L -P -a -and -daystart -depth -empty -executable -false -follow -ls -mount -not -nouser
        -nogroup -o -or -print -print0 -prune -quit -readable -true -writable -xdev`),
      valueFlags: words(`-amin -anewer -atime -cmin -cnewer -ctime -gid -group -ilname -iname -inum -ipath
        -iregex -links -lname -maxdepth -mindepth -mmin -mtime -name -newer -path -perm -printf -regex
        -regextype -samefile -size -type -uid -user -wholename -xtype`),
    },
  },
]
