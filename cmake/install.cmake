# Headers, libraries, a CMake package, and pkg-config files. What needs SQLite is exported apart, so that whoever does not
# ask for it need not have it. Included by CMakeLists.txt, which says what `targets` and `sqlite_targets` are.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME commitpoint)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/commitpoint)

# Each target goes with what its header set has, where it has one. The build's folder is a package, too: what another
# project exports from its own build links targets that are exported from this one.
install(TARGETS ${targets} EXPORT commitpoint FILE_SET HEADERS)
install(EXPORT commitpoint NAMESPACE commitpoint:: FILE commitpoint-targets.cmake DESTINATION ${package_dir})
export(EXPORT commitpoint NAMESPACE commitpoint:: FILE ${CMAKE_CURRENT_BINARY_DIR}/commitpoint-targets.cmake)
if(sqlite_targets)
  install(TARGETS ${sqlite_targets} EXPORT commitpoint-sqlite FILE_SET HEADERS)
  install(EXPORT commitpoint-sqlite NAMESPACE commitpoint:: FILE commitpoint-sqlite-targets.cmake
          DESTINATION ${package_dir})
  export(EXPORT commitpoint-sqlite NAMESPACE commitpoint::
         FILE ${CMAKE_CURRENT_BINARY_DIR}/commitpoint-sqlite-targets.cmake)
endif()

configure_file(cmake/commitpoint-config.cmake.in commitpoint-config.cmake COPYONLY)
# Before 1.0 a minor version may break what used an older one. Only headers go with every architecture.
set(independent "")
if(NOT COMMITPOINT_BUILD_COMPILED)
  set(independent ARCH_INDEPENDENT)
endif()
write_basic_package_version_file(commitpoint-config-version.cmake COMPATIBILITY SameMinorVersion ${independent})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/commitpoint-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/commitpoint-config-version.cmake
        DESTINATION ${package_dir})

# add_pc(NAME DIRECTORY DESCRIPTION LINE...): a pkg-config file whose folder is DIRECTORY/pkgconfig. Paths in it are
# relative to that folder, so that an installation can be moved.
function(add_pc name directory description)
  set(up /p)
  cmake_path(APPEND up ${directory} pkgconfig)
  set(prefix /p)
  if(IS_ABSOLUTE ${directory})
    set(prefix ${CMAKE_INSTALL_PREFIX})
  else()
    cmake_path(RELATIVE_PATH prefix BASE_DIRECTORY ${up})
    set(prefix "\${pcfiledir}/${prefix}")
  endif()
  set(includedir "\${prefix}")
  cmake_path(APPEND includedir ${CMAKE_INSTALL_INCLUDEDIR})
  set(libdir "\${prefix}")
  cmake_path(APPEND libdir ${CMAKE_INSTALL_LIBDIR})
  list(JOIN ARGN "\n" lines)
  file(CONFIGURE OUTPUT ${name}.pc @ONLY CONTENT [[
prefix=@prefix@
includedir=@includedir@
libdir=@libdir@

Name: @name@
Description: @PROJECT_DESCRIPTION@@description@
Version: @PROJECT_VERSION@
@lines@
]])
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${directory}/pkgconfig)
endfunction()

# Boost has no pkg-config file, hence the plain library name.
set(headers_only ${CMAKE_INSTALL_DATADIR})
add_pc(commitpoint ${headers_only} "" "Requires: nlohmann_json >= 3.11" "Cflags: -I\${includedir} -pthread"
       "Libs: -lboost_filesystem -pthread")
if(TARGET commitpoint_sqlite)
  add_pc(commitpoint-sqlite ${headers_only} ", with the journal in SQLite"
         "Requires: commitpoint = ${PROJECT_VERSION}, sqlite3")
endif()
foreach(target IN LISTS targets sqlite_targets)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    get_target_property(file_name ${target} OUTPUT_NAME)
    string(REPLACE "_" "-" name ${target})
    set(requires commitpoint)
    if(NOT name STREQUAL "commitpoint-compiled")
      set(requires commitpoint-compiled)
    endif()
    set(more "")
    if(target IN_LIST sqlite_targets)
      set(more ", commitpoint-sqlite = ${PROJECT_VERSION}")
    endif()
    add_pc(${name} ${CMAKE_INSTALL_LIBDIR} ", compiled" "Requires: ${requires} = ${PROJECT_VERSION}${more}"
           "Cflags: -DCOMMITPOINT_COMPILED" "Libs: -L\${libdir} -l${file_name}")
  endif()
endforeach()
