package android.content;

import android.net.Uri;
import android.os.Parcelable;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

public class Intent implements Parcelable {
    public static final int FLAG_GRANT_READ_URI_PERMISSION = 1;

    /** Not of Android: for the tests to read. */
    public int requestCode;

    public String category = "";
    public Intent wrapped;

    private String action;
    private String type;
    private Uri data;
    private int flags;
    private ClipData clip;
    private final Map<String, Object> extras = new HashMap<>();

    public Intent() {}

    public Intent(String action) {
        this.action = action;
    }

    public static Intent createChooser(Intent target, CharSequence title) {
        Intent chooser = new Intent("android.intent.action.CHOOSER");
        chooser.wrapped = target;
        return chooser;
    }

    public Intent setType(String type) {
        this.type = type;
        return this;
    }

    public Intent addCategory(String category) {
        this.category = category;
        return this;
    }

    public Intent setData(Uri data) {
        this.data = data;
        return this;
    }

    public Intent addFlags(int flags) {
        this.flags |= flags;
        return this;
    }

    public void setClipData(ClipData clip) {
        this.clip = clip;
    }

    public ClipData getClipData() {
        return clip;
    }

    public Intent putExtra(String name, Parcelable value) {
        extras.put(name, value);
        return this;
    }

    public Intent putExtra(String name, Serializable value) {
        throw new IllegalStateException("the Parcelable was meant");
    }

    public Intent putExtra(String name, String value) {
        throw new IllegalStateException("the Parcelable was meant");
    }

    /** Not of Android, where only other programs put a text: `am start --es NAME TEXT`. */
    public Intent say(String name, String text) {
        extras.put(name, text);
        return this;
    }

    public String getStringExtra(String name) {
        return extras.get(name) instanceof String ? (String) extras.get(name) : null;
    }

    public String getAction() {
        return action;
    }

    public String getType() {
        return type;
    }

    public int getFlags() {
        return flags;
    }

    public Uri getData() {
        return data;
    }

    public String getDataString() {
        return data == null ? null : data.toString();
    }

    public Object getExtra(String name) {
        return extras.get(name);
    }
}
