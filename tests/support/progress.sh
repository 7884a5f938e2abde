# What the scripts say of how far they are. Sourced by them.

# stage TEXT: what begins now.
stage() { printf '\n==== %s (%d min %02d s so far)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# ninja says how much of a build is done, in each line, on a terminal or not.
export NINJA_STATUS='[%p, %f of %t, %e s] '

# beside NAME COMMAND...: runs it in the background, in silence. `settle NAME` waits for it, shows what it said, and fails
# if it failed. Processors that one stage leaves idle are used by another.
declare -A beside_process beside_log
beside() {
  local name=$1
  shift
  beside_log[$name]=$(mktemp)
  "$@" >"${beside_log[$name]}" 2>&1 &
  beside_process[$name]=$!
}
settle() {
  local code=0
  wait "${beside_process[$1]}" || code=$?
  cat "${beside_log[$1]}"
  rm -f "${beside_log[$1]}"
  return $code
}
