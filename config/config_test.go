package config

import (
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLoadNamesEveryFaultAtOnce(t *testing.T) {
	const key = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2E="
	good := map[string]string{"TOCSIN_TIMEOUT": "3s", "TOCSIN_TRUSTED_PROXIES": "10.0.0.0/8,192.168.0.0/16"}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want []string // names in the error; none: no error
	}{
		{"nothing wrong", nil, nil},
		{
			"unreadable values",
			map[string]string{"TOCSIN_TIMEOUT": "2", "TOCSIN_EXPOSURE_DAYS": "x", "TOCSIN_TRUSTED_PROXIES": "ten"},
			[]string{"TOCSIN_TIMEOUT", "TOCSIN_EXPOSURE_DAYS", "TOCSIN_TRUSTED_PROXIES"},
		},
		{
			"values that cannot work",
			map[string]string{"TOCSIN_LISTEN": "8080", "TOCSIN_RATE_KEY": "-1", "MONGODB_URI": "localhost"},
			[]string{"TOCSIN_LISTEN", "TOCSIN_RATE_KEY", "MONGODB_URI"},
		},
		{"faults of both kinds", map[string]string{"TOCSIN_GRACE": "soon", "TOCSIN_KEY": "short"}, []string{"TOCSIN_GRACE", "TOCSIN_KEY"}},
		{
			"production without a server and keys",
			map[string]string{"TOCSIN_PRODUCTION": "true"},
			[]string{"MONGODB_URI", "TOCSIN_KEY: is needed", "TOCSIN_SIGNING_KEY: is needed"},
		},
		{
			"keys that are none",
			map[string]string{"TOCSIN_KEY": "dG9vIHNob3J0", "TOCSIN_KEY_PREVIOUS": "?", "TOCSIN_SIGNING_KEY": strings.Repeat("a", 64)},
			[]string{"TOCSIN_KEY:", "TOCSIN_KEY_PREVIOUS:", "TOCSIN_SIGNING_KEY:"},
		},
		{"a previous key alone", map[string]string{"TOCSIN_KEY_PREVIOUS": key}, []string{"TOCSIN_KEY:"}},
		{"a key that replaces itself", map[string]string{"TOCSIN_KEY": key, "TOCSIN_KEY_PREVIOUS": key}, []string{"TOCSIN_KEY_PREVIOUS:"}},
		{"a half push configuration", map[string]string{"TOCSIN_FCM_ENDPOINT": "http://127.0.0.1:1"}, []string{"TOCSIN_FCM_PROJECT"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			environ := maps.Clone(good)
			maps.Copy(environ, tt.env)
			c, err := Load(environ)
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("Load = %v, want faults in %v", err, tt.want)
			}
			for _, name := range tt.want {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("%q does not name %s", err, name)
				}
			}
			if err == nil && (c.Timeout != 3*time.Second || len(c.Proxies) != 2) {
				t.Errorf("Load = %+v, does not hold what was set", c)
			}
		})
	}
}

func TestPrintHidesSecrets(t *testing.T) {
	c, err := Load(map[string]string{
		"MONGODB_URI": "mongodb://u:canary@h/", "TOCSIN_KEY": "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2E=",
		"TOCSIN_KEY_PREVIOUS": "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2I=",
		"TOCSIN_SIGNING_KEY":  "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2I=",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := c.Print()
	if strings.Contains(got, "canary") || strings.Contains(got, "Y2Fu") {
		t.Errorf("a secret shows:\n%s", got)
	}
	for _, want := range []string{"MONGODB_URI=[secret]\n", "TOCSIN_LISTEN=127.0.0.1:8080\n", "TOCSIN_TIMEOUT=5s\n", "TOCSIN_FCM_PROJECT=\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

func TestTheOperatorsGuideListsEveryVariableWithItsDefault(t *testing.T) {
	guide, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[Config]().Fields() {
		row := "| `" + field.Tag.Get("env") + "` | "
		if d := field.Tag.Get("envDefault"); d != "" {
			row += "`" + d + "` |"
		} else {
			row += "|"
		}
		if !strings.Contains(string(guide), row) {
			t.Errorf("docs/operations.md has no line %q", row)
		}
	}
}
