package main

import (
	"fmt"
	"net/http"
	"testing"

	"example.org/tocsin/models"
	"example.org/tocsin/notify/fcm/fakefcm"
)

// warningTest is a program with a push server, and an analyst's key.
type warningTest struct {
	*program

	fcm     *pushServer
	analyst string
}

func startWarningTest(t *testing.T) warningTest {
	t.Helper()
	fcm := newPushServer(t)
	fcm.start(t)
	environ := mergeEnviron(testEnviron(t, ""), fcm.environ())
	analyst := createKey(t, environ, models.ScopeSignatures)
	return warningTest{startProgram(t, environ), fcm, analyst}
}

// list imports one signature.
func (w warningTest) list(kind, value, level string, more ...string) {
	w.t.Helper()
	line := map[string]string{"kind": kind, "value": value, "level": level, "category": "impersonation", "source": "test"}
	for i := 0; i < len(more); i += 2 {
		line[more[i]] = more[i+1]
	}
	w.importSignatures(w.analyst, line)
}

// amend sets the level of an exact signature, as an analyst does.
func (w warningTest) amend(kind models.IndicatorKind, value, level string) {
	w.t.Helper()
	path := "/v1/signatures/" + models.SignatureID(models.Exact, kind, value)
	now := w.must(request{method: http.MethodGet, path: path, credential: w.analyst}, nil)
	w.must(request{
		method: http.MethodPatch, path: path, credential: w.analyst,
		header: map[string]string{"If-Match": fmt.Sprintf(`"%v"`, now["rev"])},
	}, map[string]any{"level": level})
}

// meet registers a device, whose push token is "token-" and its name, that has met something.
func (w warningTest) meet(name, kind, value string) (device string) {
	w.t.Helper()
	device = w.device("token-" + name)
	w.must(request{method: http.MethodPut, path: "/v1/devices/me/exposures", credential: device}, map[string]any{
		"exposures": []any{map[string]any{"kind": kind, "value": value, "met_at": now()}},
	})
	return device
}

// pushed waits until n pushes to a device were accepted.
func (w warningTest) pushed(name string, n int) {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%d pushes to %s", n, name), func() bool { return w.fcm.pushesTo("token-"+name) >= n })
}

// never fails the test if a device got more than n pushes, or has more than that in its inbox.
func (w warningTest) never(name, device string, n int) {
	w.t.Helper()
	if got := w.fcm.pushesTo("token-" + name); got > n {
		w.t.Errorf("%s: %d pushes, want %d", name, got, n)
	}
	if got := len(w.inbox(device)); got > n {
		w.t.Errorf("%s: %d warnings in the inbox, want %d", name, got, n)
	}
}

func TestAProtectedNumberInADangerousRangeIsNotPushedAsAScam(t *testing.T) {
	w := startWarningTest(t)
	for _, level := range []string{"imitated", "cleared"} {
		number := map[string]string{"imitated": "+12025550150", "cleared": "+12025550151"}[level]
		w.list("phone", number, level)
	}
	hotline, clean := w.meet("hotline", "phone", "+12025550150"), w.meet("clean", "phone", "+12025550151")
	w.meet("other", "phone", "+12025550152")
	w.list("phone", "+12025550100-+12025550199", "danger", "rule", "range")
	w.pushed("other", 1)
	w.never("hotline", hotline, 0)
	w.never("clean", clean, 0)
}

func TestAProtectedHostUnderADangerousDomainIsNotPushedAsAScam(t *testing.T) {
	w := startWarningTest(t)
	w.list("domain", "bank.builder.example", "imitated")
	bank := w.meet("bank", "url", "https://bank.builder.example/login")
	w.meet("shop", "url", "https://shop.builder.example/pay")
	w.list("domain", "builder.example", "danger")
	w.pushed("shop", 1)
	w.never("bank", bank, 0)
}

func TestALongerNumberThatBeginsAsARangeIsNotWarned(t *testing.T) {
	w := startWarningTest(t)
	longer := w.meet("longer", "phone", "+493012345678")
	w.meet("within", "phone", "+4930123456")
	w.list("phone", "+4930123450-+4930123459", "danger", "rule", "range")
	w.pushed("within", 1)
	w.never("longer", longer, 0)
}

func TestALinkAndItsDomainAreOnePushAndWhatIsClearedOneAllClear(t *testing.T) {
	w := startWarningTest(t)
	device := w.meet("met", "url", "https://evil.example/pay")
	w.list("url", "https://evil.example/pay", "danger")
	w.pushed("met", 1)
	w.list("domain", "evil.example", "danger")
	w.amend(models.URL, "evil.example/pay", "confirmed")
	eventually(t, "confirmed in the inbox", func() bool { return w.inbox(device)[0]["level"] == "confirmed" })
	w.amend(models.URL, "evil.example/pay", "cleared")
	w.amend(models.Domain, "evil.example", "cleared")
	w.pushed("met", 2)
	eventually(t, "cleared in the inbox", func() bool {
		inbox := w.inbox(device)
		return len(inbox) == 2 && inbox[0]["class"] == "all_clear" && inbox[1]["level"] == "cleared" && inbox[0]["thread"] == inbox[1]["thread"]
	})
	var classes, threads []string
	for _, a := range w.fcm.Accepted() {
		classes, threads = append(classes, a.Data["class"]), append(threads, a.Data["thread"])
	}
	if fmt.Sprint(classes) != "[accuse all_clear]" || threads[0] != threads[1] {
		t.Errorf("pushed %v in the threads %v", classes, threads)
	}
}

func TestALevelThatGoesUpAndDownIsPushedOnceAndTakenBackOnce(t *testing.T) {
	w := startWarningTest(t)
	const number = "+12025550144"
	device := w.meet("met", "phone", number)
	w.list("phone", number, "danger")
	w.pushed("met", 1)
	for _, level := range []string{"confirmed", "danger", "confirmed", "caution", "danger", "cleared"} {
		w.amend(models.Phone, number, level)
	}
	w.pushed("met", 2)
	w.amend(models.Phone, number, "danger")
	w.pushed("met", 3)
	for _, level := range []string{"cleared", "danger", "cleared", "danger", "cleared"} {
		w.amend(models.Phone, number, level)
	}
	eventually(t, "the last level in the inbox", func() bool {
		inbox := w.inbox(device)
		return inbox[0]["level"] == "cleared" || inbox[1]["level"] == "cleared"
	})
	classes := map[string]int{}
	for _, a := range w.fcm.Accepted() {
		classes[a.Data["class"]]++
	}
	if classes["accuse"] > 2 || classes["all_clear"] > 2 {
		t.Errorf("pushed %v, want two accusations at most", classes)
	}
}

func TestWhatTheOldTargetNeverGotIsPushedToTheNewOne(t *testing.T) {
	w := startWarningTest(t)
	w.fcm.Script(fakefcm.Rule{Prefix: "token-met", Fault: fakefcm.Unregistered})
	device := w.meet("met", "phone", knownNumber)
	w.list("phone", knownNumber, "danger")
	eventually(t, "gone", func() bool { inbox := w.inbox(device); return len(inbox) == 1 && inbox[0]["state"] == "gone" })
	patch := func(body map[string]any) {
		w.must(request{method: http.MethodPatch, path: "/v1/devices/me", credential: device}, body)
	}
	target := func(token string) map[string]any {
		return map[string]any{"push": map[string]string{"kind": "token", "value": token}}
	}
	patch(target("token-new"))
	w.pushed("new", 1)
	eventually(t, "sent", func() bool { return w.inbox(device)[0]["state"] == "sent" })
	patch(target("token-newer"))
	w.list("phone", "+12025550177", "danger")
	w.meet("last", "phone", "+12025550178")
	w.list("phone", "+12025550178", "danger")
	w.pushed("last", 1)
	if n := w.fcm.pushesTo("token-newer"); n != 0 {
		t.Errorf("%d pushes of what was pushed already", n)
	}
}
