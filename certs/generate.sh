#!/bin/sh
# Makes the test PKI of this folder anew. The files are kept in the repository, so that tests need no tool for them and
# fingerprints stay the same; run this only when one is to be added or changed. The keys protect nothing.
#
# Usage: certs/generate.sh
set -eu
cd "$(dirname "$0")"
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

from=20200101000000Z
to=21200101000000Z

cat >"$work/ca.cnf" <<CONFIG
[ca]
default_ca = test
[test]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = \$ENV::USAGE
subjectAltName = \$ENV::NAMES
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONFIG
export USAGE=serverAuth NAMES=DNS:localhost
: >"$work/index"
echo 1001 >"$work/serial"

key() { # NAME rsa|ec
    case $2 in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/$1.key" ;;
    ec) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key" ;;
    esac
}

sign() { # NAME SECTION FROM TO COMMON-NAME ISSUER|self
    name=$1 section=$2 begin=$3 end=$4 subject=$5 issuer=$6
    openssl req -new -key "$work/$name.key" -subj "/O=DMScope test/CN=$subject" -out "$work/$name.csr"
    if [ "$issuer" = self ]; then
        set -- -selfsign -keyfile "$work/$name.key"
    else
        set -- -cert "$work/$issuer.crt" -keyfile "$work/$issuer.key"
    fi
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$section" -startdate "$begin" -enddate "$end" \
        -in "$work/$name.csr" -out "$work/$name.crt" "$@" 2>/dev/null
    cat "$work/$name.key" "$work/$name.crt" >"$name.pem"
}

key ca rsa
sign ca root $from $to "DMScope test CA" self
cp "$work/ca.crt" ca-cert.pem
key other-ca rsa
sign other-ca root $from $to "DMScope other test CA" self
rm other-ca.pem

NAMES=DNS:localhost,DNS:dm.example.com,IP:127.0.0.1,IP:::1
key server-rsa rsa
sign server-rsa leaf $from $to localhost ca
key server-ec ec
sign server-ec leaf $from $to localhost ca
key expired rsa
sign expired leaf $from 20210101000000Z localhost ca
key not-yet-valid rsa
sign not-yet-valid leaf 21190101000000Z $to localhost ca
key unknown-ca rsa
sign unknown-ca leaf $from $to localhost other-ca
key self-signed rsa
sign self-signed leaf $from $to localhost self
NAMES=DNS:wrong.example.net
key wrong-host rsa
sign wrong-host leaf $from $to wrong.example.net ca
USAGE=clientAuth NAMES=URI:urn:imei:490154203237518
key client rsa
sign client leaf $from $to "IMEI:490154203237518" ca

cat >psk.txt <<PSK
# Keys of the tests; they protect nothing.
device-1:000102030405060708090a0b0c0d0e0f
urn:imei:490154203237518:101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f
PSK
