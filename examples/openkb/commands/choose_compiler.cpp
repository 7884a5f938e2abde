#include "commands/choose_compiler.hpp"

#include "documents/source_file.hpp"
#include "knowledge_base/layout.hpp"
#include "remote/llm_compiler.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>

namespace openkb {

namespace {

// From the configuration; without an endpoint there, or without a configuration, an empty one.
cp::result<llm_endpoint> configured(const std::filesystem::path& root) {
  const auto file = root / layout::config;
  const auto text = read_source(file, std::uint64_t{1} << 20U);
  if (!text && text.error() == std::errc::no_such_file_or_directory) return llm_endpoint{};
  if (!text) return text.error();
  const auto config = nlohmann::json::parse(text.value().bytes, nullptr, false);
  if (!config.is_object()) return cp::failure(make_error_code(error::bad_config), file.native());
  const auto compiler = config.find("compiler");
  if (compiler == config.end() || compiler->is_string()) return llm_endpoint{};
  const bool good = compiler->is_object() && compiler->contains("url") && compiler->at("url").is_string() &&
                    compiler->contains("model") && compiler->at("model").is_string();
  if (!good) {
    return cp::failure(make_error_code(error::bad_config), file.native(),
                       R"("compiler" is "built-in" or {"url": "...", "model": "..."})");
  }
  return llm_endpoint{compiler->at("url").get<std::string>(), compiler->at("model").get<std::string>(), {}};
}

}  // namespace

cp::result<compile_function> choose_compiler(const command_line& asked) {
  BOOST_OUTCOME_TRY(auto endpoint, configured(asked.root));
  if (!asked.llm_url.empty()) endpoint.url = asked.llm_url;
  if (!asked.llm_model.empty()) endpoint.model = asked.llm_model;
  if (endpoint.url.empty()) {
    return compile_function(
        [](const document& d, const std::stop_token&) -> cp::result<compiled> { return compile(d); });
  }
  const char* key = std::getenv("OPENKB_LLM_KEY");
  if (key != nullptr) endpoint.key = key;
  return compile_function([endpoint = std::move(endpoint)](const document& d, const std::stop_token& stop) {
    return compile_by_llm(endpoint, d, stop);
  });
}

}  // namespace openkb
