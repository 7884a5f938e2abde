// error: coordinator<forgetful>
// error: the journal policy lacks
// error: 'b.commit(r, bool{})'
#include <commitpoint/commitpoint.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::journal;

  template <class S>
  struct backend {
    static constexpr bool transactional = false;
    static cp::result<backend> open(S&, const cp::journal::place<S>&, const forgetful&);
    cp::result<cp::journal::image> read();
    cp::result<void> append(const cp::journal::record&);
    cp::result<void> sync();
    cp::result<void> begin_generation(const cp::journal::record&, bool);
    bool is_full() const;
    bool reserves(std::string_view) const;
    std::vector<std::string> evidence() const;
  };
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
