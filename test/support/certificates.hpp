#pragma once
/// Certificates for tests, made by the openssl command when they are first asked for: nothing that
/// expires is stored.

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/types.h>
#include <unistd.h>

namespace weft::detail::testing {

/// An authority of our own with a few certificates, in a folder that goes with the process.
class certificates {
 public:
  /// Those of this process.
  static const certificates& get() {
    static const certificates made;
    return made;
  }

  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + "/" + file; }
  [[nodiscard]] std::string text(const std::string& file) const {
    std::ifstream in(path(file));
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  certificates() : owner_(::getpid()) {
    char name[] = "/tmp/weft-certificates-XXXXXX";
    if (::mkdtemp(name) == nullptr) {
      throw std::runtime_error("no folder for certificates");
    }
    folder_ = name;
    std::ofstream(path("make.sh")) << script;
    const std::string command =
        "cd '" + folder_ + "' && unset OPENSSL_CONF && sh -e make.sh > log 2>&1";
    if (std::system(command.c_str()) != 0) {
      throw std::runtime_error("openssl could not make certificates: " + text("log"));
    }
  }
  ~certificates() {
    if (::getpid() == owner_) {
      const int gone = std::system(("rm -rf '" + folder_ + "'").c_str());
      (void)gone;
    }
  }

  // ca: the authority. localhost, other, client, expired, future, revoked: by it. self: by itself.
  // stranger: by an authority that nobody trusts. inner: by an authority below ca. The key of all
  // leaves is leaf.key. must: it must not be shown without a status. responder: it may tell
  // statuses for ca. crl.pem: before `revoked` was revoked; crl2.pem: after; old.pem: expired.
  static constexpr const char* script = R"sh(
cat > ca.cnf <<END
[ca]
default_ca = ours
[ours]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
default_crl_days = 2
certificate = ca.pem
private_key = ca.key
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[must]
tlsfeature = status_request
[responder]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[below]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
END
touch index.txt
echo 1000 > serial
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1; }
key ca.key
key leaf.key
key wrong.key
openssl ec -in leaf.key -aes128 -passout pass:secret -out locked.key
openssl req -config ca.cnf -x509 -new -key ca.key -subj /CN=weft-test-authority -days 2 \
  -extensions authority -out ca.pem
openssl req -config ca.cnf -x509 -new -key wrong.key -subj /CN=another-authority -days 2 \
  -extensions authority -out stranger-ca.pem
sign() {  # name, alternative names, further arguments
  file=$1 names=$2
  shift 2
  openssl req -config ca.cnf -new -key leaf.key -subj /CN=$file -addext "subjectAltName = $names" \
    -out $file.csr
  openssl ca -config ca.cnf -batch -notext -in $file.csr -out $file.pem -days 1 "$@"
}
sign localhost DNS:localhost,IP:127.0.0.1
sign other DNS:other.example,DNS:*.wild.example
sign client DNS:client.example
sign expired DNS:localhost -startdate 20200101000000Z -enddate 20200201000000Z
sign future DNS:localhost -startdate 20480101000000Z -enddate 20480201000000Z
sign revoked DNS:localhost
sign stranger DNS:localhost -cert stranger-ca.pem -keyfile wrong.key
sign must DNS:localhost -extensions must
sign responder DNS:responder.example -extensions responder
sign below DNS:below.example -extensions below
openssl ca -config ca.cnf -batch -notext -in localhost.csr -out inner.leaf -days 1 \
  -cert below.pem -keyfile leaf.key
cat inner.leaf below.pem > inner.pem
openssl req -config ca.cnf -x509 -new -key leaf.key -subj /CN=self -days 2 \
  -addext "subjectAltName = DNS:localhost" -out self.pem
openssl ca -config ca.cnf -gencrl -out crl.pem
openssl ca -config ca.cnf -gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z \
  -out old.pem
openssl ca -config ca.cnf -revoke revoked.pem
openssl ca -config ca.cnf -gencrl -out crl2.pem
)sh";

  const pid_t owner_;
  std::string folder_;
};

}  // namespace weft::detail::testing
