/** What a shell loads to complete peerpath. Each asks `peerpath complete` what fits, and knows files itself. */

/** Shells that have a script here. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The script of a shell. */
export function shellScript(shell: (typeof SHELLS)[number]): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}

// compopt: readline's own completion of files where there is no word of ours; no blank behind what goes on.
const BASH = `# peerpath in bash: eval "$(peerpath completion bash)" in ~/.bashrc
_peerpath() {
  local -a answer
  local files line
  COMPREPLY=()
  mapfile -t answer < <("$1" complete bash -- "$COMP_POINT" "$COMP_LINE" "$COMP_WORDBREAKS" 2>/dev/null)
  files=\${answer[0]-no}
  for line in "\${answer[@]:1}"; do COMPREPLY+=("\${line%%$'\\t'*}"); done
  case $files in
    files)
      if [ \${#COMPREPLY[@]} -gt 0 ]; then mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$2"); fi
      compopt -o default -o filenames 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
  esac
  case \${#COMPREPLY[@]}\${COMPREPLY[0]-} in
    1*[:,=]) compopt -o nospace 2>/dev/null ;;
  esac
}
complete -F _peerpath peerpath
`;

const ZSH = `#compdef peerpath
# peerpath in zsh: eval "$(peerpath completion zsh)" in ~/.zshrc behind compinit, or this file as _peerpath in a folder of fpath
_peerpath() {
  local -a answer values more
  local line value
  answer=("\${(@f)$("\${(Q)words[1]}" complete zsh -- $((CURRENT - 1)) "\${(@Q)words}" 2>/dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    value=\${line%%$'\\t'*}
    line="\${value//:/\\\\:}:\${line#*$'\\t'}"
    case $value in
      *[:,=]) more+=("$line") ;;
      *) values+=("$line") ;;
    esac
  done
  [ \${#values} -gt 0 ] && _describe -V peerpath values
  [ \${#more} -gt 0 ] && _describe -V peerpath more -S ''
  case \${answer[1]-no} in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [ "\${funcstack[1]-}" = _peerpath ]; then _peerpath "$@"; else compdef _peerpath peerpath; fi
`;

const FISH = `# peerpath in fish: peerpath completion fish > ~/.config/fish/completions/peerpath.fish
function __peerpath_words
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  set -l answer ($words[1] complete fish -- (count $words) $words "$typed" 2>/dev/null)
  switch "$answer[1]"
    case files
      __fish_complete_path "$typed"
    case folders
      __fish_complete_directories "$typed" ''
  end
  if set -q answer[2]
    printf '%s\\n' $answer[2..-1]
  end
end
complete -c peerpath -f -k -a '(__peerpath_words)'
`;
