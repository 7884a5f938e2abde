# Run when a test program was built: writes a ctest script with one test for each of its cases. doctest brings such a
# script too, but takes a semicolon in a title for its end.
execute_process(COMMAND ${PROGRAM} --list-test-cases OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)

# A filter that matches nothing is a success to doctest, and would be a test that never runs.
set(properties "TIMEOUT 1200 COST ${COST} SKIP_REGULAR_EXPRESSION [==[SKIPPED: ]==] FAIL_REGULAR_EXPRESSION [==[test cases: +0 ]==]")
if(LABEL)
  string(APPEND properties " LABELS ${LABEL}")
endif()

# Line by line, because a list of lines would be split at the semicolons as well.
set(script "")
while(listed MATCHES "^([^\n]*)\n(.*)$")
  set(title "${CMAKE_MATCH_1}")
  set(listed "${CMAKE_MATCH_2}")
  if(NOT title MATCHES "^(\\[doctest\\] |=+$)")
    string(REPLACE "," "\\," filter "${title}")
    set(name "[==[${PREFIX}/${title}]==]")
    string(APPEND script "add_test(${name} [==[${PROGRAM}]==] [==[--test-case=${filter}]==])\n"
                         "set_tests_properties(${name} PROPERTIES ${properties})\n")
  endif()
endwhile()
file(WRITE ${SCRIPT} "${script}")
