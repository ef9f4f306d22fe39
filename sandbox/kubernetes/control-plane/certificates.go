package main

import (
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/util/cert"
)

// writeCertificates makes tls.crt, its own authority included, and tls.key in a directory:
// the identity of every server of the sandbox, none of which can be reached but by loopback.
func writeCertificates(directory string) error {
	certificate, key, err := cert.GenerateSelfSignedCertKeyWithOptions(cert.SelfSignedCertKeyOptions{
		Host:         "127.0.0.1",
		AlternateIPs: []net.IP{net.IPv6loopback},
		AlternateDNS: []string{"localhost"},
		MaxAge:       10 * 365 * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(directory, "tls.key"), key, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, "tls.crt"), certificate, 0o644)
}
