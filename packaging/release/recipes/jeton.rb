# Homebrew's formula, for its Linux. The release fills in what is between @.
class Jeton < Formula
  desc "OAuth and OpenID Connect access tokens on the command-line"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license all_of: ["Apache-2.0", "MIT", "ISC"]

  depends_on :linux
  conflicts_with "oidc-agent", because: "both install oidc-agent, oidc-gen, oidc-add and oidc-token"

  on_intel do
    url "@DOWNLOADS@/jeton-@VERSION@-linux-x64.tar.gz"
    sha256 "@SHA256_X64@"
  end
  on_arm do
    url "@DOWNLOADS@/jeton-@VERSION@-linux-arm64.tar.gz"
    sha256 "@SHA256_ARM64@"
  end

  def install
    prefix.install "bin", "lib", "share"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/oidc-token --version")
    assert_match version.to_s, shell_output("#{bin}/jeton --version")
  end
end
