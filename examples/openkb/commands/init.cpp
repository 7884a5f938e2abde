#include "commands/commands.hpp"
#include "knowledge_base/clock.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "knowledge_base/sharing.hpp"
#include "mutations/index_document.hpp"
#include "registry/registry.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/pages.hpp"

namespace openkb {

namespace {

// Directories, first pages and tables: a knowledge base is there whole, or it is not there.
cp::result<void> make(knowledge_base::owner_type& owner, std::stop_token stop, const std::string& now) {
  return owner.run(
      cp::plan{.operation = "init", .stop = std::move(stop)}, [&](cp::enlisting_mutation& m) -> cp::result<void> {
        for (const auto directory : layout::directories) {
          BOOST_OUTCOME_TRYV(m.create_directories(directory));
        }
        BOOST_OUTCOME_TRYV(make_index(m));
        const json config{{"format", registry::current_version}, {"compiler", "built-in"}};
        BOOST_OUTCOME_TRYV(m.write(layout::config, config.dump(2) + '\n'));
        BOOST_OUTCOME_TRYV(m.write(layout::index, pages::with_contents({}, {})));
        BOOST_OUTCOME_TRYV(m.write(layout::log, pages::log_head() + pages::log_line(now, "made this knowledge base")));
        return m.enlist([](sqlite3* db) { return registry(db).make_tables(); });
      });
}

cp::result<bool> init_at(const command_line& asked, std::stop_token stop, output& out) {
  const auto at = now();
  if (!at) return cp::failure(make_error_code(error::bad_clock));
  std::error_code code;
  std::filesystem::create_directories(asked.root, code);
  if (code) return cp::failure(code, asked.root);
  BOOST_OUTCOME_TRY(auto kb, knowledge_base::open(asked.root, asked.watch, opening::new_or_existing));
  BOOST_OUTCOME_TRY(auto owner, acquire(kb, stop, out));
  out.recovered(owner.recovered());
  BOOST_OUTCOME_TRY(const bool made, is_made(asked.root));
  if (made) return false;
  BOOST_OUTCOME_TRYV(make(owner, std::move(stop), *at));
  if (group_that_shares(asked.root)) give_databases_to_the_group(asked.root);
  return true;
}

}  // namespace

int init(const command_line& asked, std::stop_token stop, output& out) {
  const auto made = init_at(asked, std::move(stop), out);
  if (!made) return out.failed("failed", {}, made.error());
  out.object({{"status", made.value() ? "made" : "exists"}, {"kb", asked.root}});
  out.done({{made.value() ? "made a knowledge base in " + asked.root
                          : "there is a knowledge base in " + asked.root + " already; nothing was changed"}});
  return exit_code::done;
}

}  // namespace openkb
