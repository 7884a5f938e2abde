#include "publish/publish_scenarios.hpp"

using namespace crash_lab;

namespace {

const machine walking{.ordered_metadata = true, .use_openat2 = false, .publish = {cp::publish::by_exchange}};

}  // namespace

TEST_CASE("F1: publish::exchange, killed before any change: old or new") {
  sweep(staged(), exchanging);
  sweep(type_changes(), exchanging);
  sweep(tree_rename(), exchanging);
  sweep(several(), walking);
  sweep(same_stamps(), exchanging);
}

TEST_CASE("F1: publish::exchange, killed before any change while a directory is replaced: old or new") {
  sweep(directory_replaced(), exchanging);
  sweep(directory_replaced(), walking);
}

TEST_CASE("F1: publish::copy, killed before any change: old or new") {
  sweep(staged(), copying);
  sweep(type_changes(), copying_ordered);
  sweep(several(), copying);
}

TEST_CASE("F1: publish::copy, killed before any change while files are written over: old or new, and nothing kept") {
  sweep(written_over(), copying);
  sweep(written_over(), copying_ordered);
}

TEST_CASE("F3: publish::exchange, killed in a mutation, in the drain of it, and in the drain of that") {
  sweep_drains(directory_replaced(), exchanging, 5, 3, 17);
  sweep_drains(staged(), exchanging, 13, 7, 0);
}

TEST_CASE("F3: publish::copy, killed in a mutation, in the drain of it, and in the drain of that") {
  sweep_drains(written_over(), copying, 7, 3, 19);
  sweep_drains(written_over(), copying_ordered, 11, 5, 0);
}
